/** English texts of the help. */

export const englishHelp = {
  "help.title": "Help",
  "help.what":
    "A network with two inputs, two hidden ReLU units and one output is trained on XOR. Its loss depends on " +
    "nine parameters. The plane is a cut through these nine dimensions; every point of it is a network. Click " +
    "or drag to choose the start of a run.",
  "help.honest":
    "Runs are computed in all nine dimensions, with the numbers that the Python package computes, and then " +
    "projected onto the plane. How much of a run the plane leaves out is written below it.",
  "help.keys": "Keys",
  "help.key.space": "Space",
  "help.does.space": "play or pause the run",
  "help.key.step": ", and .",
  "help.does.step": "one step back, one step forward",
  "help.key.arrows": "Arrows on the plane",
  "help.does.arrows": "move the start",
  "help.key.fine": "Shift and arrows",
  "help.does.fine": "move the start by little",
  "help.key.zoom": "+ and - on the plane",
  "help.does.zoom": "zoom in, zoom out",
  "help.key.line": "L on the plane",
  "help.does.line": "train a line of starts through the start, from left to right",
  "help.key.turn": "Arrows on the terrain",
  "help.does.turn": "turn it",
  "help.key.keep": "K",
  "help.does.keep": "keep this run",
  "help.key.help": "?",
  "help.does.help": "show this help",

  "help.words": "Words",
  "help.term.dead": "Dead unit",
  "help.means.dead": "A hidden unit whose ReLU gives 0 on all four samples. Its weights then have the gradient 0.",
  "help.term.kink": "Kink",
  "help.means.kink":
    "A place where the sum that enters a ReLU is 0 on some sample: there the loss is continuous, but may bend.",
  "help.term.lines": "Lines such as h₁: 00",
  "help.means.lines":
    "Kinks on the plane: here the sum that enters hidden unit 1 is 0 on the input (0, 0). In the picture of the " +
    "outputs this place is called the hinge of the unit.",
  "help.term.level": "Level",
  "help.means.level": "A value of the loss at which training can come to rest: {levels}. At 0, XOR is solved.",
  "help.term.stuck": "Stuck",
  "help.means.stuck":
    "At rest at a loss above 0: trapped, in a local minimum or at a saddle, or held at a kink, beyond which the " +
    "loss would fall.",
  "help.term.variance": "Share of the spread",
  "help.means.variance":
    "How much of the scatter of the run’s points about their mean (the variance) can be seen in the plane; the " +
    "rest is at right angles to it.",
  "help.term.root": "Root scale",
  "help.means.root": "Colour and height grow with the square root of the loss, so that small losses can be told apart.",
  "help.term.normalized": "Filter-normalized",
  "help.means.normalized":
    "Random directions, scaled so that each unit’s weights are moved in proportion to their size.",
  "help.term.parameters": "b1[0], W1[0,1]",
  "help.means.parameters":
    "Parameters as in Keras: b1[0] is the bias of hidden unit 1, W1[0,1] the weight from input 1 to hidden unit " +
    "2.",
  "help.term.principal": "Principal plane",
  "help.means.principal": "The plane along the two directions in which the points of the runs vary most.",
  "help.term.noLevel": "On no level",
  "help.means.noLevel": "The last loss of the run is near none of the levels: it is still moving, spikes, or diverges.",
  "help.term.zero": "Nearest zero",
  "help.means.zero": "The parameters with loss 0 (a solution of XOR) that are nearest in all nine dimensions.",
};
