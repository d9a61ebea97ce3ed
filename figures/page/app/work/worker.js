/** What a Web Worker of the page does: it computes pieces of tasks that the pool sends. */

import { TASKS } from "./tasks.js";

/**
 * Serve the pool. Messages: {data} once; {job, kind, input} begins a job; {job, piece} asks for a piece, answered by
 * {job, result} or {job, error}; {job, end} forgets it.
 * @param {DedicatedWorkerGlobalScope} scope
 */
export function startWorker(scope) {
  const jobs = new Map();
  let data = null;
  scope.onmessage = ({ data: message }) => {
    if (message.data) data = message.data;
    else if (message.kind) jobs.set(message.job, message);
    else if (message.end) jobs.delete(message.job);
    else scope.postMessage(answer(message));
  };

  function answer({ job, piece }) {
    try {
      const { kind, input } = jobs.get(job);
      return { job, result: TASKS[kind].compute(piece, input, data) };
    } catch (error) {
      return { job, error: String(error.message ?? error) };
    }
  }
}
