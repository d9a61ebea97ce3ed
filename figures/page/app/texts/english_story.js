/** English texts of the story. */

export const englishStory = {
  "story.leave.title": "Does Adam stay at the optimum?",
  "story.leave.question":
    "The textbook weights and biases (the cross) solve XOR: each of the four outputs equals its target, so the " +
    "loss, the mean squared error, is 0. Now {offset} is added to all of them except the output bias, and training " +
    "starts there with Adam, a kind of gradient descent that scales the step of each weight by itself (learning " +
    "rate {rate}). What happens?",
  "story.leave.choice1": "It stays where it is: it moves by less than {offset}.",
  "story.leave.choice2": "It moves away and then returns to the cross.",
  "story.leave.choice3": "It moves away and settles on other weights that solve XOR.",
  "story.leave.choice4": "It moves away and gets stuck at a positive loss.",
  "story.leave.reveal":
    "Adam divides each entry of the gradient by its typical size, so already the first step changes weights by up " +
    "to about the learning rate, even if the gradient is tiny. After this step the loss is {lossFactor} times as " +
    "large, and the distance to the cross {distanceFactor} times as large. The run then settles at a distance of " +
    "{endDistance}, about {endRates} learning rates, on other weights that solve XOR: after {steps} steps with " +
    "64-bit numbers the loss is {endLoss}. Nothing draws it back to the cross, which is one solution among many. " +
    "(Much later, first at step {spike}, the loss rises for a moment again and again: Adam's steps have grown.)",
  "story.valley.title": "A bowl or a valley?",
  "story.valley.question":
    "In this plane the two hidden biases change, and all other weights keep their textbook values. The loss looks " +
    "like a bowl with a single lowest point. Now take another plane through the same point: the first hidden bias " +
    "and the output bias change. What does the loss look like there?",
  "story.valley.choice1": "Like a bowl with a single lowest point.",
  "story.valley.choice2": "Like a valley with a floor of loss 0.",
  "story.valley.choice3": "Like a saddle: it rises in one direction and falls in the other.",
  "story.valley.reveal":
    "Like a valley: if the first hidden bias is raised and the output bias is lowered by the same amount, all four " +
    "outputs stay as they are. At the start shown, each is changed by {shift}. The loss there is {loss} and the " +
    "gradient is 0, so Adam does not move. The valley begins at the cross. Near the cross, the solutions of XOR " +
    "form a set of dimension {dimension} in the space of all {parameters} parameters (weights and biases). The " +
    "first plane meets this set in one point only, and so the loss looks like a bowl there.",
  "story.planes.title": "Is one random plane representative?",
  "story.planes.question":
    "Loss landscapes are often drawn on a plane along two random directions. Here they are filter-normalized: the " +
    "change of each unit's incoming weights is scaled to the length that these weights have, with the bias counted " +
    "among them (this is the bias rule “joint”). You compare {planes} such planes through the cross. What do you " +
    "find?",
  "story.planes.choice1": "They look alike, and all show the valley.",
  "story.planes.choice2": "They look alike, and none shows the valley.",
  "story.planes.choice3": "They differ in how steep the loss is, and some show the valley.",
  "story.planes.choice4": "They differ in how steep the loss is, and none shows the valley.",
  "story.planes.reveal":
    "On the circle of radius {radius} around the cross, the highest loss is {flat} on the flattest of the {planes} " +
    "planes and {steep} on the steepest one (shown now): a factor of {factor}. And on none of them is the loss on " +
    "this circle below {least}, although solutions continue beyond this distance. With probability 1, a set of " +
    "dimension {dimension} in {parameters} dimensions meets a random plane through one of its points in no other " +
    "point nearby. Mind the colour bars, whose scales differ: the long bright streak is no valley, since its " +
    "loss is small, but not 0. “Choose this plane” below the picture leads to the other planes.",
  "story.cones.title": "Is there a Hessian at the optimum?",
  "story.cones.question":
    "The pre-activation of a hidden unit is the sum that enters its ReLU. Where it is 0, the ReLU has a kink, and " +
    "so may the loss: the lines in the picture. At the cross, {kinks} of the 8 pre-activations (2 units, 4 " +
    "samples) are exactly 0. The gradient exists there and is 0. How many different Hessians, matrices of second " +
    "derivatives, does one find at the cross if one approaches it from all sides?",
  "story.cones.choice1": "One.",
  "story.cones.choice2": "Two.",
  "story.cones.choice3": "Three.",
  "story.cones.choice4": "Eight.",
  "story.cones.reveal":
    "Each of the {kinks} pre-activations can be positive or negative whatever the others are. So 2 · 2 · 2 regions " +
    "of smooth loss meet at the cross ({visible} of them appear in this plane), and their Hessians are {cones} " +
    "different matrices. Each has rank {rank}, so {flat} of its eigenvalues are 0; the largest eigenvalue lies " +
    "between {smallest} and {largest}. So there is no Hessian at the cross itself. Automatic differentiation " +
    "returns a matrix all the same: that of one region, with largest eigenvalue {autodiff}.",
  "story.sealed.title": "Sealed by signs?",
  "story.sealed.question":
    "Now the weights are drawn at random and the biases are 0, as Keras does by default. A hidden unit is called " +
    "dead if its ReLU gives 0 on all four samples. Here both incoming weights of hidden unit {deadUnit} are " +
    "negative, so it is dead before the first step. Can Adam still solve XOR from this start?",
  "story.sealed.choice1": "Yes: training revives the unit.",
  "story.sealed.choice2": "Perhaps: it depends on the other unit.",
  "story.sealed.choice3": "No, never.",
  "story.sealed.reveal":
    "No, never. On all four samples the derivative of this ReLU is 0 (at the kink, too, TensorFlow takes 0), so " +
    "the gradient of the unit's weights, of its bias and of its output weight is exactly 0, and Adam never changes " +
    "them. The other unit alone cannot solve XOR: this run ends at loss {level}. A start has a dead unit with " +
    "probability {probability}. In our list of {runs} starts these are {withDead}; XOR is solved from " +
    "{solvedWithDead} of them.",
  "story.death.title": "When does a unit die?",
  "story.death.question":
    "In this start both hidden units are active, which means that the ReLU gives a positive number, on at least " +
    "one sample. What happens during training?",
  "story.death.choice1": "Both units stay active on some sample, and XOR is solved.",
  "story.death.choice2": "Both units stay active on some sample, but XOR is not solved.",
  "story.death.choice3": "One unit dies on the way.",
  "story.death.choice4": "Both units die on the way.",
  "story.death.reveal":
    "At step {step} unit {unit} becomes inactive on all four samples, and it stays so: its gradient is 0 from then " +
    "on, and only Adam's momentum still moves it a little. The run ends at loss {level}, the best that one unit " +
    "can do: one sample right, the other three outputs at the mean of their targets. So a start without a dead " +
    "unit is no guarantee. {n} starts of our list have no dead unit, and XOR is solved from {share:percent} (95 % " +
    "interval {low:percent} to {high:percent}).",
  "story.stuck.title": "Where does training get stuck?",
  "story.stuck.question":
    "Here both units stay alive, and yet the run comes to rest at a positive loss, in a local minimum: no nearby " +
    "point has a lower loss. Which values can the loss have at the local minima of this network?",
  "story.stuck.choice1": "Only {level0}.",
  "story.stuck.choice2": "{level0} and {level3}.",
  "story.stuck.choice3": "{level0}, {level1}, {level2} and {level3}.",
  "story.stuck.choice4": "Any value from {level0} to {level3}.",
  "story.stuck.reveal":
    "Exactly these four: {level0}, with all outputs right; {level1}, with two outputs right and the other two at " +
    "the mean of their targets (this run); {level2}, with one right and the other three at their mean; {level3}, " +
    "with all four at their mean. One finds them exactly, as fractions, by going through all cases: which unit is " +
    "active on which sample, and which signs the output weights have. None of these minima is a single point. They " +
    "form sets with constant loss, and the worse ones are larger: of dimension up to {dimension1} for {level1}, " +
    "{dimension2} for {level2} and {dimension3} for {level3}, in a space of {parameters} dimensions. Runs that end " +
    "at {level2} and {level3} have been added for comparison.",
  "story.held.title": "Is every stuck run at a minimum?",
  "story.held.question":
    "This run rests at loss {level}. Its hidden unit {unit} is dead, and the bias of this unit is exactly 0, so on " +
    "the sample 00 the unit is exactly at the kink of its ReLU. Is this point a local minimum?",
  "story.held.choice1": "Yes: the run rests, so the loss is lowest here.",
  "story.held.choice2": "No: raising the bias of this unit lowers the loss, but the gradient does not show it.",
  "story.held.choice3": "No: the run only seems to rest and will go on by itself later.",
  "story.held.reveal":
    "No. With the bias of unit {unit} raised by {raise}, the loss falls from {lossHeld} to {lossRaised}, and from " +
    "there Adam solves XOR: this is the run that you see now. Before, it was held at the kink (point 3 in the " +
    "picture) only because the derivative of ReLU at 0 is set to 0, as in TensorFlow. That is not rare: of the " +
    "{sixthRuns} runs of our list that end at loss {level2}, {sixth:percent} are held at a kink, and of the " +
    "{quarterRuns} at {level3}, {quarter:percent}.",
  "story.success.title": "How often does a fresh start succeed?",
  "story.success.question":
    "Our list has {runs} random starts, drawn as Keras does by default. From each of them Adam takes {steps} " +
    "steps. How many of these runs solve XOR?",
  "story.success.choice1": "Nearly all.",
  "story.success.choice2": "About half.",
  "story.success.choice3": "About a fifth.",
  "story.success.choice4": "Hardly any.",
  "story.success.reveal":
    "{solved:percent} (95 % interval {low:percent} to {high:percent}). The others are stuck: {eighth:percent} at " +
    "loss {level1}, {sixth:percent} at {level2} and {quarter:percent} at {level3}. A larger share than {ceiling} " +
    "could not be expected, since all other starts have a dead unit. Draw random starts yourself and watch the " +
    "bars; the run shown is the first one of the list that solves XOR.",
  "story.basins.title": "Does a friendly bowl lead to the optimum?",
  "story.basins.question":
    "Along each of {rays} straight lines from the cross to the border of this plane the loss never falls: it looks " +
    "like one friendly bowl. Adam (learning rate {rate}, {steps} steps) starts at {starts} points spread evenly " +
    "over the plane. From how many of them does it solve XOR?",
  "story.basins.choice1": "From all of them.",
  "story.basins.choice2": "From about nine in ten.",
  "story.basins.choice3": "From fewer than half.",
  "story.basins.reveal":
    "Only from {solved:percent}; {trapped:percent} get stuck, and the few others have not settled. The colour " +
    "now shows where a run from each point ends. The plane shows the loss along two of nine dimensions, and a " +
    "run leaves it with its first step: of those that get stuck, the one shown starts nearest to the cross in " +
    "this picture, at loss {startLoss}, and ends at {level}. This plane was selected. On {others} planes that " +
    "were not, XOR is solved from {least:percent} to {most:percent} of the starts.",
  "story.remedies.title": "What helps?",
  "story.remedies.question":
    "Here is the start with the dead unit again, stuck at loss {level}. You want to train XOR so that most random " +
    "starts succeed. What helps most?",
  "story.remedies.choice1": "Training for longer.",
  "story.remedies.choice2": "Plain gradient descent, or a larger learning rate.",
  "story.remedies.choice3": "A sigmoid at the output with the cross-entropy loss.",
  "story.remedies.choice4": "{many} hidden units instead of two.",
  "story.remedies.reveal":
    "With {many} hidden units, {units:percent} of {trials} random starts end with all four samples classified " +
    "right (95 % interval {unitsLow:percent} to {unitsHigh:percent}); with two tanh units instead of ReLU it is " +
    "{tanh:percent} ({tanhLow:percent} to {tanhHigh:percent}). Cross-entropy, gradient descent and learning rate " +
    "{rate} bring no large gain over the {solved:percent} with two ReLU units. Training for longer changes nothing " +
    "where the gradient is 0. Two runs from the same start have been added, " +
    "with gradient descent (SGD) and with the larger learning rate: both get stuck as well.",
  "story.twin.title": "How high is the way to the twin solution?",
  "story.twin.question":
    "Exchange the two hidden units of the textbook network, and it computes the same: a twin solution. The plane " +
    "goes through both. On the straight line between them the loss climbs to {straight}. A path that bends, also " +
    "out of this plane, may stay lower. How high must every path between the two climb at least?",
  "story.twin.choice1": "{level0}: a valley of solutions connects them.",
  "story.twin.choice2": "{pass}.",
  "story.twin.choice3": "{worst}.",
  "story.twin.choice4": "{straight}: no path is better than the straight line.",
  "story.twin.reveal":
    "Exactly {pass}. The solutions fall into {components} sets that are not connected with each other, and the two " +
    "twins lie in different ones. One path between them is drawn: it climbs to {pass}, at point 3, and no higher " +
    "(where it is dotted, it lies outside of the plane). No path stays below. The run shown starts in the middle of " +
    "the straight line. There the two hidden units are equal, so they get the same gradient and stay equal: " +
    "together they can do no more than one unit, and the run ends at {level}.",
};
