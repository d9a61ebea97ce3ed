/** Entry points of the program: the page and a worker. */

import { keepAddress } from "./interface/state/address.js";
import { mountPage } from "./interface/page.js";
import { makeTexts } from "./texts/texts.js";
import { startWorker as serve } from "./work/worker.js";

/** What a worker made from this program calls. */
export const startWorker = serve;

/** Show the page of a document whose data are in the element "xorscape-data". */
export function startPage(document, program) {
  const window = document.defaultView;
  const data = JSON.parse(document.getElementById("xorscape-data").textContent);
  const language = data.language ?? (/^de\b/i.test(window.navigator.language) ? "de" : "en");
  const address = keepAddress(window, data, language);
  const adapt = ({ language: now }) => {
    document.documentElement.lang = now;
    document.title = makeTexts(now)("bar.documentTitle");
  };
  const page = mountPage(document.getElementById("xorscape"), {
    data,
    program,
    state: address.state,
    keyTarget: document,
    onState(state, how) {
      adapt(state);
      address.onState(state, how);
    },
  });
  const damaged = () => page.say(makeTexts(page.getState().language)("page.damaged"));
  adapt(page.getState());
  address.follow(page, damaged);
  if (address.repaired.length > 0) damaged();
  return page;
}

