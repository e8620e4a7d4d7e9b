// The steps in the SDK v3.

import * as sdk from "@aws-sdk/client-chime-sdk-identity";

export function makeClient({ isSigned = true, ...settings }) {
  const signer = { sign: async (request) => request };
  return new sdk.ChimeSDKIdentityClient({ ...settings, ...(isSigned ? {} : { signer }) });
}

export function serviceError(thrown) {
  if (!(thrown instanceof sdk.ChimeSDKIdentityServiceException)) {
    return undefined;
  }
  const { name, message, Code, $fault, $metadata } = thrown;
  return {
    name,
    message,
    code: Code,
    fault: $fault,
    requestId: $metadata.requestId,
    status: $metadata.httpStatusCode,
    attempts: $metadata.attempts,
    isOfItsClass: name in sdk && thrown instanceof sdk[name],
  };
}

export async function call(client, operation, parameters) {
  const { $metadata, ...answer } = await client.send(new sdk[`${operation}Command`](parameters));
  const { requestId, httpStatusCode, attempts } = $metadata;
  return { answer, requestId, status: httpStatusCode, attempts };
}

export async function allPages(client, operation, { MaxResults, ...parameters }) {
  const pages = [];
  const paginate = sdk[`paginate${operation}`];
  for await (const { $metadata, ...page } of paginate({ client, pageSize: MaxResults }, parameters)) {
    pages.push(page);
  }
  return pages;
}

export async function twiceAtOnce(client, operation, parameters) {
  const outcomes = await Promise.all([1, 2].map(() => call(client, operation, parameters)));
  return outcomes.map(({ answer }) => answer);
}
