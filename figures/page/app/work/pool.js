/**
 * Long computations beside the page: on Web Workers that are made from the program's own text.
 *
 * A job is divided into pieces; each idle worker gets the next piece of the job with the fewest pieces left. Pieces do
 * not depend on each other or on who computes them, so results are the same with any number of workers. Where workers
 * are not allowed, the page computes the pieces itself, in slices that leave time to draw.
 */

import { TASKS } from "./tasks.js";

/** Milliseconds that a slice on the page may take before the page is given time to draw. */
const SLICE = 12;

/** Milliseconds that it then gets. */
const PAUSE = 4;

/**
 * @param {Function} program xorscapeProgram: its text is what workers are made from
 * @param {object} data from Python
 * @param {{workers?: number}} [options] number of workers; 0 computes on the page itself
 * @returns {object} basinMap({plane, alpha, beta, settings}, onRows), manyStarts({starts, settings}, onPart) and
 *   distances({thetas}, onPart), each returning {id, done}; cancel(id); close(). onRows and onPart get the results of
 *   work/tasks.js, in any order. `done` resolves to true when all are there, to false if the job was cancelled.
 */
export function makePool(program, data, options = {}) {
  const jobs = new Map();
  const workers = makeWorkers(program, data, options.workers ?? defaultWorkers());
  let lastId = 0;

  function begin(kind, input, onResult) {
    const id = ++lastId;
    const pieces = TASKS[kind].pieces(input);
    let promise;
    const done = new Promise((resolve, reject) => (promise = { resolve, reject }));
    jobs.set(id, { id, kind, input, pieces, next: 0, missing: pieces.length, onResult, promise, known: new Set() });
    if (pieces.length === 0) finish(id, ({ resolve }) => resolve(true));
    assign();
    return { id, done };
  }

  function assign() {
    for (const worker of workers) {
      if (worker.busy) continue;
      const waiting = [...jobs.values()].filter((one) => one.next < one.pieces.length);
      if (waiting.length === 0) return;
      const job = waiting.reduce((least, one) => (one.missing < least.missing ? one : least));
      worker.busy = true;
      if (!job.known.has(worker)) {
        job.known.add(worker);
        worker.send({ job: job.id, kind: job.kind, input: job.input });
      }
      worker.onAnswer = receive;
      worker.send({ job: job.id, piece: job.pieces[job.next++] });
    }
  }

  function receive(worker, { job: id, result, error }) {
    worker.busy = false;
    const job = jobs.get(id);
    if (job && error) finish(id, ({ reject }) => reject(new Error(error)));
    else if (job) {
      job.missing -= 1;
      job.onResult(result);
      if (job.missing === 0) finish(id, ({ resolve }) => resolve(true));
    }
    assign();
  }

  /** End a job, if it has not ended; `settle({resolve, reject})` says how. */
  function finish(id, settle) {
    const job = jobs.get(id);
    if (!job) return;
    jobs.delete(id);
    for (const worker of job.known) worker.send({ job: id, end: true });
    settle(job.promise);
  }

  const cancel = (id) => finish(id, ({ resolve }) => resolve(false));

  return {
    basinMap: (input, onRows) => begin("basinMap", input, onRows),
    manyStarts: (input, onPart) => begin("manyStarts", input, onPart),
    distances: (input, onPart) => begin("distances", input, onPart),
    cancel,
    close() {
      for (const id of [...jobs.keys()]) cancel(id);
      for (const worker of workers) worker.close();
      workers.length = 0;
    },
  };
}

/** All processors but one, which the page itself needs to stay fluid. */
function defaultWorkers() {
  return Math.max(1, Math.min(8, (globalThis.navigator?.hardwareConcurrency ?? 2) - 1));
}

/** Workers with send(message), busy, onAnswer(worker, answer), close(); one on the page itself if none can be made. */
function makeWorkers(program, data, count) {
  const workers = [];
  try {
    for (let k = 0; k < count; k++) workers.push(realWorker(program, data));
  } catch {
    for (const worker of workers.splice(0)) worker.close(); // a policy that forbids workers
  }
  if (workers.length === 0) workers.push(pageWorker(data));
  return workers;
}

function realWorker(program, data) {
  const source = new Blob([`(${program})().startWorker(self);`], { type: "text/javascript" });
  const address = URL.createObjectURL(source);
  let real;
  try {
    real = new Worker(address);
  } catch (error) {
    URL.revokeObjectURL(address);
    throw error;
  }
  const worker = { busy: false, onAnswer: null };
  worker.close = () => {
    real.terminate();
    URL.revokeObjectURL(address);
  };
  let unanswered = [];
  worker.send = (message) => {
    unanswered?.push(message);
    real.postMessage(message);
  };
  real.onmessage = (event) => {
    if (unanswered) URL.revokeObjectURL(address);
    unanswered = null;
    worker.onAnswer(worker, event.data);
  };
  real.onerror = (event) => {
    event.preventDefault?.();
    if (!unanswered) return;
    worker.close();
    const instead = pageWorker(data); // it has not started: the page does its work
    instead.onAnswer = (_, answer) => worker.onAnswer(worker, answer);
    Object.assign(worker, { send: instead.send, close: instead.close });
    for (const message of unanswered) instead.send(message);
    unanswered = null;
  };
  real.postMessage({ data });
  return worker;
}

/** The same on the page: a piece at a time, and time to draw after each slice. */
function pageWorker(data) {
  const inputs = new Map();
  let closed = false, sliceBegan = 0;
  const worker = { busy: false, onAnswer: null };
  worker.send = (message) => {
    if (message.kind) inputs.set(message.job, message);
    else if (message.end) inputs.delete(message.job);
    else if (message.piece) schedule(message);
  };
  worker.close = () => (closed = true);

  function schedule({ job, piece }) {
    const now = performance.now();
    const isLate = now - sliceBegan > SLICE;
    function serve() {
      if (isLate) sliceBegan = performance.now();
      if (closed) return;
      const found = inputs.get(job);
      worker.onAnswer(worker, found ? outcome(found, job, piece) : { job });
    }
    if (isLate) setTimeout(serve, PAUSE);
    else queueMicrotask(serve);
  }

  function outcome({ kind, input }, job, piece) {
    try {
      return { job, result: TASKS[kind].compute(piece, input, data) };
    } catch (error) {
      return { job, error: String(error.message ?? error) };
    }
  }
  return worker;
}
