/** German sentences about the end of a run. */

export const germanOutcome = {
  "outcome.sentence": "{state}{deaths}.",
  "outcome.solved":
    "gelöst: Alle vier Ausgaben sind richtig (Verlust {loss}), Abstand zu den Lehrbuchgewichten {distance}",
  "outcome.minimum": "gefangen bei {level}, in einem lokalen Minimum: {outputs}",
  "outcome.held":
    "festgehalten bei {level} in einem Knick, kein Minimum: Jenseits des Knicks ist der Verlust kleiner, aber " +
    "wegen relu′(0) = 0 zeigt der Gradient das nicht; {outputs}",
  "outcome.saddle":
    "gefangen bei {level}, in einem Sattelpunkt: In einer Richtung fällt der Verlust, aber der Gradient ist 0; " +
    "{outputs}",
  "outcome.moving": "noch in Bewegung: Verlust {loss}, {right} von 4 Beispielen richtig klassifiziert",
  "outcome.spiking":
    "in einer Spitze, einem plötzlichen Anstieg des Verlusts, jetzt {loss}: Die Schritte sind instabil geworden",
  "outcome.diverged": "divergiert: Der Verlust wächst über alle Grenzen; versuchen Sie eine kleinere Lernrate",
  "outcome.allAtMean": "alle Ausgaben bei ihrem Mittelwert {mean}",
  "outcome.oneRight": "ein Beispiel richtig ({right}), die anderen bei ihrem Mittelwert {mean}",
  "outcome.twoRight": "zwei Beispiele richtig ({right}), die anderen bei ihrem Mittelwert {mean}",
  "outcome.deadFromStart": "Einheit {unit} war von Anfang an tot",
  "outcome.died": "Einheit {unit} starb im Schritt {step}",
};
