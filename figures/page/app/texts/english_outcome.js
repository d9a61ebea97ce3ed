/** English sentences about the end of a run. */

export const englishOutcome = {
  "outcome.sentence": "{state}{deaths}.",
  "outcome.solved": "solved: all four outputs are right (loss {loss}), {distance} from the textbook weights",
  "outcome.minimum": "trapped at {level}, in a local minimum: {outputs}",
  "outcome.held":
    "held at {level} at a kink, no minimum: beyond the kink the loss is lower, but relu′(0) = 0 hides this from " +
    "the gradient; {outputs}",
  "outcome.saddle":
    "trapped at {level}, at a saddle: the loss falls in some direction, but the gradient is 0; {outputs}",
  "outcome.moving": "still moving: loss {loss}, {right} of 4 samples classified right",
  "outcome.spiking": "in a spike, a sudden rise of the loss, now {loss}: the steps have become unstable",
  "outcome.diverged": "diverged: the loss grows beyond all bounds; try a smaller learning rate",
  "outcome.allAtMean": "all outputs at their mean {mean}",
  "outcome.oneRight": "one sample right ({right}), the others at their mean {mean}",
  "outcome.twoRight": "two samples right ({right}), the others at their mean {mean}",
  "outcome.deadFromStart": "unit {unit} was dead from the start",
  "outcome.died": "unit {unit} died at step {step}",
};
