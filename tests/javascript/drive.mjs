// Has an SDK, v2 or v3, do what the lines of standard input say, and answers each with a line.
//
// A line is JSON: {"step", "settings", "operation", "parameters"}, where the step is a function of
// the SDK's module here, and the settings are those of its client. So is the answer: {"result"} or
// {"error"}. What isn't an error of the service ends the process.

import { createInterface } from "node:readline";

const { makeClient, serviceError, ...steps } = await import(`./${process.argv[2]}.mjs`);
const clients = new Map();

function clientWith(settings) {
  const key = JSON.stringify(settings);
  if (!clients.has(key)) {
    clients.set(key, makeClient(settings));
  }
  return clients.get(key);
}

// JSON has no dates; tests are to see where the SDK gave one.
function markDates(key, value) {
  return this[key] instanceof Date ? { date: value } : value;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { step, settings, operation, parameters } = JSON.parse(line);
  let outcome;
  try {
    outcome = { result: await steps[step](clientWith(settings), operation, parameters) };
  } catch (thrown) {
    const error = serviceError(thrown);
    if (error === undefined) {
      throw thrown;
    }
    outcome = { error };
  }
  console.log(JSON.stringify(outcome, markDates));
}
