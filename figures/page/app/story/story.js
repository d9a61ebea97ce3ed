/** The guided story: what each step shows before and after its answer. All numbers come from Python, in data.story. */

/** Order of the steps, number of choices, and the index of the right one. */
const STEPS = [
  ["leave", 4, 2],
  ["valley", 3, 1],
  ["planes", 4, 3],
  ["cones", 4, 3],
  ["sealed", 3, 2],
  ["death", 4, 2],
  ["stuck", 4, 2],
  ["held", 3, 1],
  ["success", 4, 2],
  ["basins", 3, 2],
  ["remedies", 4, 3],
  ["twin", 4, 1],
];

/** The number of choices of each question. */
export const CHOICES = STEPS.map(([, count]) => count);

/**
 * Return the steps of the story.
 *
 * `before` and `after` are partial states whose parts are complete except for the plane's unused entries;
 * `offersStarts` where the reveal invites to draw random starts.
 * @param {{story: object, textbook: number[]}} data
 * @returns {{id: string, titleKey: string, questionKey: string, choices: string[], answer: number, revealKey: string,
 *   values: object, before: object, after: object, offersStarts?: boolean}[]}
 */
export function storySteps(data) {
  const { level0, level1, level2, level3 } = data.story.stuck.values;
  return STEPS.map(([id, count, answer]) => {
    const facts = data.story[id];
    return {
      id,
      titleKey: `story.${id}.title`,
      questionKey: `story.${id}.question`,
      choices: Array.from({ length: count }, (_, i) => `story.${id}.choice${i + 1}`),
      answer,
      revealKey: `story.${id}.reveal`,
      values: { level0, level1, level2, level3, ...facts.values },
      ...SHOWN[id](facts, data),
    };
  });
}

/** Return the line of which the answer of a question speaks, once it is revealed, or null: see story_trace.js. */
export function traceOf(data, story) {
  return (story?.revealed && data.story[STEPS[story.step][0]].trace) || null;
}

/** Return the state with a plane and a run at its end. */
function ended(plane, { start, settings }, { color = "loss", runs = [] } = {}) {
  return { plane, color, start, settings, runs, current: -1, step: settings.steps };
}

/** Return the state with a plane and a start: one step, at most, is known of the run, so that nothing is given away. */
function atStart(plane, { start, settings }) {
  return { ...ended(plane, { start, settings: { ...settings, steps: 1 } }), step: 0 };
}

/** A run before training, on the plane of one unit's weights if there is one, and after it. */
function trained(facts) {
  return { before: atStart(facts.weights ?? facts.plane, facts), after: ended(facts.plane, facts) };
}

/** Adam that starts at the textbook weights and stays there, since the gradient is 0. */
function atTextbook(data) {
  return { start: data.textbook, settings: data.story.leave.settings };
}

const SHOWN = {
  leave: (facts, data) => ({
    before: atStart(data.story.valley.bowl, facts),
    after: ended(facts.plane, facts),
  }),
  valley: (facts, data) => ({
    before: ended(facts.bowl, atTextbook(data)),
    after: ended(facts.valley, facts),
  }),
  planes: (facts, data) => ({
    before: ended(facts.flat, atTextbook(data)),
    after: ended(facts.steep, atTextbook(data)),
  }),
  cones: (facts, data) => ({
    before: ended(facts.plane, atTextbook(data)),
    after: ended(facts.close, atTextbook(data)),
  }),
  sealed: trained,
  death: trained,
  stuck: (facts) => ({
    before: ended(facts.plane, facts),
    after: ended(facts.throughEnds, facts, { runs: facts.runs }),
  }),
  held: (facts) => ({
    before: ended(facts.held.plane, facts.held),
    after: ended(facts.plane, facts),
  }),
  success: (facts) => ({ ...trained(facts), offersStarts: true }),
  basins: (facts) => ({
    before: atStart(facts.plane, facts),
    after: ended(facts.plane, facts, { color: "outcome" }),
  }),
  remedies: (facts) => ({
    before: ended(facts.plane, facts),
    after: ended(facts.ofRuns, facts, { runs: facts.runs }),
  }),
  twin: trained,
};
