// The steps in the SDK v2.

import AWS from "aws-sdk";

export function makeClient({ isSigned = true, ...settings }) {
  const endpoint = process.env.AWS_ENDPOINT_URL_CHIME_SDK_IDENTITY;
  const client = new AWS.ChimeSDKIdentity({ endpoint, ...settings });
  if (!isSigned) {
    const makeRequest = client.makeRequest.bind(client);
    client.makeRequest = (...parameters) => makeRequest(...parameters).toUnauthenticated();
  }
  return client;
}

export function serviceError(thrown) {
  const { code, message, requestId, retryable, statusCode } = thrown;
  if (statusCode === undefined) {
    return undefined;
  }
  return { name: code, message, requestId, status: statusCode, isRetryable: retryable };
}

function methodName(operation) {
  return operation[0].toLowerCase() + operation.slice(1);
}

export async function call(client, operation, parameters) {
  const answer = await client[methodName(operation)](parameters).promise();
  const { requestId, retryCount, httpResponse } = answer.$response;
  return { answer, requestId, status: httpResponse.statusCode, attempts: retryCount + 1 };
}

export async function allPages(client, operation, parameters) {
  const pages = [];
  await new Promise((resolve, reject) => {
    client[methodName(operation)](parameters).eachPage((error, page) => {
      if (error) {
        reject(error);
      } else if (page === null) {
        resolve();
      } else {
        pages.push(page);
      }
    });
  });
  return pages;
}

// A callback and promise() each send the request, and each answer is given to the callback.
export async function twiceAtOnce(client, operation, parameters) {
  const answers = [];
  await new Promise((resolve, reject) => {
    const callback = (error, answer) => {
      if (error) {
        reject(error);
      } else if (answers.push({ ...answer }) === 2) {
        resolve();
      }
    };
    client[methodName(operation)](parameters, callback).promise().catch(reject);
  });
  return answers;
}
