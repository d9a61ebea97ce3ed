/** Entry points of the program: the page, a worker, and the notebook's widget. */

export function startPage(document, program) {
  const data = JSON.parse(document.getElementById("xorscape-data").textContent);
  document.getElementById("xorscape").textContent = `xorscape ${data.version} ${data.textbook} ${typeof program}`;
}

export function startWorker(scope) {
  scope.onmessage = (event) => scope.postMessage(event.data);
}
