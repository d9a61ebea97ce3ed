/** German texts of the story. */

export const germanStory = {
  "story.leave.title": "Bleibt Adam im Optimum?",
  "story.leave.question":
    "Die Gewichte und Biases aus dem Lehrbuch (das Kreuz) lösen XOR: Alle vier Ausgaben stimmen mit ihren " +
    "Zielwerten überein, also ist der Verlust, der mittlere quadratische Fehler, gleich 0. Nun wird zu allen außer " +
    "dem Bias der Ausgabe {offset} addiert, und dort beginnt das Training mit Adam, einem Gradientenabstieg, der " +
    "den Schritt für jedes Gewicht einzeln skaliert (Lernrate {rate}). Was passiert?",
  "story.leave.choice1": "Adam bleibt, wo er ist: Er bewegt sich um weniger als {offset}.",
  "story.leave.choice2": "Adam entfernt sich und kehrt dann zum Kreuz zurück.",
  "story.leave.choice3": "Adam entfernt sich und kommt bei anderen Gewichten zur Ruhe, die XOR ebenfalls lösen.",
  "story.leave.choice4": "Adam entfernt sich und bleibt bei einem positiven Verlust stecken.",
  "story.leave.reveal":
    "Adam teilt jede Komponente des Gradienten durch ihre typische Größe. Deshalb ändert schon der erste Schritt " +
    "Gewichte um bis zu etwa eine Lernrate, auch wenn der Gradient winzig ist. Nach diesem Schritt ist der " +
    "Verlust {lossFactor}-mal so groß und der Abstand zum Kreuz {distanceFactor}-mal so groß. Danach kommt der " +
    "Lauf im Abstand {endDistance}, etwa {endRates} Lernraten, bei anderen Gewichten zur Ruhe, die XOR lösen: Nach " +
    "{steps} Schritten mit 64-Bit-Zahlen beträgt der Verlust {endLoss}. Zum Kreuz zieht ihn nichts zurück; es ist " +
    "eine Lösung unter vielen. (Viel später, zuerst im Schritt {spike}, steigt der Verlust immer wieder kurz an: " +
    "Die Schritte von Adam sind gewachsen.)",
  "story.valley.title": "Mulde oder Tal?",
  "story.valley.question":
    "In dieser Ebene ändern sich die beiden Biases der versteckten Einheiten, alle anderen Gewichte behalten ihre " +
    "Werte aus dem Lehrbuch. Der Verlust sieht aus wie eine Mulde mit einem einzigen tiefsten Punkt. Nun eine " +
    "andere Ebene durch denselben Punkt: Es ändern sich der Bias der ersten versteckten Einheit und der Bias der " +
    "Ausgabe. Wie sieht der Verlust dort aus?",
  "story.valley.choice1": "Wie eine Mulde mit einem einzigen tiefsten Punkt.",
  "story.valley.choice2": "Wie ein Tal, auf dessen Grund der Verlust 0 ist.",
  "story.valley.choice3": "Wie ein Sattel: In einer Richtung steigt er, in der anderen fällt er.",
  "story.valley.reveal":
    "Wie ein Tal: Wird der Bias der ersten versteckten Einheit erhöht und der Bias der Ausgabe um denselben Betrag " +
    "gesenkt, so bleiben alle vier Ausgaben gleich. Am gezeigten Startpunkt sind beide um {shift} verändert. Dort " +
    "ist der Verlust {loss} und der Gradient 0, also bewegt sich Adam nicht. Das Tal beginnt am Kreuz. In der Nähe " +
    "des Kreuzes bilden die Lösungen von XOR eine Menge der Dimension {dimension} im Raum aller {parameters} " +
    "Parameter (Gewichte und Biases). Die erste Ebene trifft diese Menge nur in einem Punkt, und deshalb sieht der " +
    "Verlust dort aus wie eine Mulde.",
  "story.planes.title": "Ist eine zufällige Ebene repräsentativ?",
  "story.planes.question":
    "Verlustlandschaften werden oft auf einer Ebene entlang zweier zufälliger Richtungen gezeichnet. Hier sind " +
    "diese filternormiert: Die Änderung der eingehenden Gewichte jeder Einheit wird auf die Länge skaliert, die " +
    "diese Gewichte selbst haben; der Bias zählt dabei mit (Bias-Regel „joint“). Sie vergleichen {planes} solche " +
    "Ebenen durch das Kreuz. Was stellen Sie fest?",
  "story.planes.choice1": "Sie sehen ähnlich aus, und alle zeigen das Tal.",
  "story.planes.choice2": "Sie sehen ähnlich aus, und keine zeigt das Tal.",
  "story.planes.choice3": "Der Verlust ist verschieden steil, und manche zeigen das Tal.",
  "story.planes.choice4": "Der Verlust ist verschieden steil, und keine zeigt das Tal.",
  "story.planes.reveal":
    "Auf dem Kreis mit Radius {radius} um das Kreuz beträgt der höchste Verlust in der flachsten der {planes} " +
    "Ebenen {flat} und in der steilsten (jetzt zu sehen) {steep}: ein Faktor {factor}. Und in keiner Ebene liegt " +
    "der Verlust auf diesem Kreis unter {least}, obwohl sich die Lösungen über diesen Abstand hinaus fortsetzen. " +
    "Eine Menge der Dimension {dimension} in {parameters} Dimensionen hat mit einer zufälligen Ebene durch einen " +
    "ihrer Punkte mit Wahrscheinlichkeit 1 in der Nähe keinen weiteren Punkt gemeinsam. Achten Sie auf die " +
    "Farbskalen, die verschieden sind: Der lange helle Streifen ist kein Tal, denn sein Verlust ist klein, aber " +
    "nicht 0. „Diese Ebene wählen“ unter dem Bild führt zu den anderen Ebenen.",
  "story.cones.title": "Gibt es im Optimum eine Hesse-Matrix?",
  "story.cones.question":
    "Die Voraktivierung einer versteckten Einheit ist die Summe, die in ihre ReLU eingeht. Wo sie 0 ist, hat die " +
    "ReLU einen Knick, und damit unter Umständen auch der Verlust: die Linien im Bild. Am Kreuz sind {kinks} der 8 " +
    "Voraktivierungen (2 Einheiten, 4 Beispiele) genau 0. Der Gradient existiert dort und ist 0. Wie viele " +
    "verschiedene Hesse-Matrizen (Matrizen der zweiten Ableitungen) findet man am Kreuz, wenn man sich ihm von " +
    "allen Seiten nähert?",
  "story.cones.choice1": "Eine.",
  "story.cones.choice2": "Zwei.",
  "story.cones.choice3": "Drei.",
  "story.cones.choice4": "Acht.",
  "story.cones.reveal":
    "Jede der {kinks} Voraktivierungen kann unabhängig von den anderen positiv oder negativ sein. Deshalb stoßen " +
    "am Kreuz 2 · 2 · 2 Gebiete mit glattem Verlust zusammen ({visible} davon sind in dieser Ebene zu sehen), und " +
    "ihre Hesse-Matrizen sind {cones} verschiedene Matrizen. Jede hat den Rang {rank}, {flat} ihrer Eigenwerte " +
    "sind also 0; der größte Eigenwert liegt zwischen {smallest} und {largest}. Am Kreuz selbst gibt es also keine " +
    "Hesse-Matrix. Automatisches Differenzieren liefert trotzdem eine Matrix: die eines der Gebiete, mit dem " +
    "größten Eigenwert {autodiff}.",
  "story.sealed.title": "Entscheiden schon die Vorzeichen?",
  "story.sealed.question":
    "Nun sind die Gewichte zufällig gezogen und die Biases 0, wie es die Voreinstellung von Keras ist. Eine " +
    "versteckte Einheit heißt tot, wenn ihre ReLU für alle vier Beispiele 0 liefert. Hier sind beide eingehenden " +
    "Gewichte der versteckten Einheit {deadUnit} negativ; sie ist also schon vor dem ersten Schritt tot. Kann Adam " +
    "von diesem Startpunkt aus XOR noch lösen?",
  "story.sealed.choice1": "Ja: Das Training erweckt die Einheit wieder zum Leben.",
  "story.sealed.choice2": "Vielleicht: Es kommt auf die andere Einheit an.",
  "story.sealed.choice3": "Nein, nie.",
  "story.sealed.reveal":
    "Nein, nie. Für alle vier Beispiele ist die Ableitung dieser ReLU 0 (auch im Knick setzt TensorFlow 0 ein). " +
    "Deshalb ist der Gradient nach den Gewichten der Einheit, nach ihrem Bias und nach ihrem Ausgabegewicht genau " +
    "0, und Adam ändert sie nie. Die andere Einheit allein kann XOR nicht lösen: Dieser Lauf endet beim Verlust " +
    "{level}. Ein Startpunkt hat mit der Wahrscheinlichkeit {probability} eine tote Einheit. In unserer Liste von " +
    "{runs} Startpunkten sind das {withDead}; {solvedWithDead} davon führen zu einer Lösung.",
  "story.death.title": "Wann stirbt eine Einheit?",
  "story.death.question":
    "An diesem Startpunkt sind beide versteckten Einheiten für mindestens ein Beispiel aktiv, das heißt, ihre ReLU " +
    "liefert eine positive Zahl. Was geschieht während des Trainings?",
  "story.death.choice1": "Beide Einheiten bleiben für mindestens ein Beispiel aktiv, und XOR wird gelöst.",
  "story.death.choice2": "Beide Einheiten bleiben für mindestens ein Beispiel aktiv, aber XOR wird nicht gelöst.",
  "story.death.choice3": "Eine Einheit stirbt unterwegs.",
  "story.death.choice4": "Beide Einheiten sterben unterwegs.",
  "story.death.reveal":
    "Im Schritt {step} wird Einheit {unit} für alle vier Beispiele inaktiv und bleibt es: Ihr Gradient ist von da " +
    "an 0, und nur das Momentum von Adam bewegt sie noch ein wenig. Der Lauf endet beim Verlust {level}, dem " +
    "besten, den eine einzelne Einheit erreichen kann: ein Beispiel richtig, die anderen drei Ausgaben beim " +
    "Mittelwert ihrer Zielwerte. Ein Startpunkt ohne tote Einheit ist also keine Garantie. In unserer Liste haben " +
    "{n} Startpunkte keine tote Einheit; {share:percent} davon führen zu einer Lösung (95-%-Intervall {low:percent} " +
    "bis {high:percent}).",
  "story.stuck.title": "Wo bleibt das Training stecken?",
  "story.stuck.question":
    "Hier stirbt keine der beiden Einheiten, und doch kommt der Lauf bei einem positiven Verlust zur Ruhe, in " +
    "einem lokalen Minimum: Kein Punkt in der Nähe hat einen kleineren Verlust. Welche Werte kann der Verlust in " +
    "den lokalen Minima dieses Netzes haben?",
  "story.stuck.choice1": "Nur {level0}.",
  "story.stuck.choice2": "{level0} und {level3}.",
  "story.stuck.choice3": "{level0}, {level1}, {level2} und {level3}.",
  "story.stuck.choice4": "Jeden Wert von {level0} bis {level3}.",
  "story.stuck.reveal":
    "Genau diese vier: {level0}, alle Ausgaben sind richtig; {level1}, zwei Ausgaben sind richtig und die beiden " +
    "anderen beim Mittelwert ihrer Zielwerte (dieser Lauf); {level2}, eine ist richtig, die drei anderen sind bei " +
    "ihrem Mittelwert; {level3}, alle vier sind bei ihrem Mittelwert. Man findet sie exakt, als Brüche, indem man " +
    "alle Fälle durchgeht: welche Einheit für welches Beispiel aktiv ist und welche Vorzeichen die Ausgabegewichte " +
    "haben. Keines dieser Minima ist ein einzelner Punkt. Sie bilden Mengen mit konstantem Verlust, und die " +
    "schlechteren sind größer: Die Dimension ist bis zu {dimension1} bei {level1}, {dimension2} bei {level2} und " +
    "{dimension3} bei {level3}, in einem Raum von {parameters} Dimensionen. Zum Vergleich sind Läufe " +
    "hinzugekommen, die bei {level2} und {level3} enden.",
  "story.held.title": "Bleibt ein Lauf nur in Minima stecken?",
  "story.held.question":
    "Dieser Lauf ruht beim Verlust {level}. Seine versteckte Einheit {unit} ist tot, und ihr Bias ist genau 0; " +
    "beim Beispiel 00 ist die Einheit also genau im Knick ihrer ReLU. Ist dieser Punkt ein lokales Minimum?",
  "story.held.choice1": "Ja: Der Lauf ruht, also ist der Verlust hier am kleinsten.",
  "story.held.choice2": "Nein: Ein größerer Bias dieser Einheit senkt den Verlust, aber der Gradient zeigt das nicht.",
  "story.held.choice3": "Nein: Der Lauf ruht nur scheinbar und geht später von selbst weiter.",
  "story.held.reveal":
    "Nein. Wird der Bias von Einheit {unit} um {raise} erhöht, so sinkt der Verlust von {lossHeld} auf " +
    "{lossRaised}, und von dort aus löst Adam XOR: Das ist der Lauf, der jetzt zu sehen ist. Vorher, bei Punkt 3 im " +
    "Bild, hielt ihn nur fest, dass die Ableitung der ReLU in 0 wie in TensorFlow auf 0 gesetzt ist. Das ist nicht " +
    "selten: Von den {sixthRuns} Läufen unserer Liste, die beim Verlust {level2} enden, werden {sixth:percent} in " +
    "einem Knick festgehalten, von den {quarterRuns} bei {level3} sind es {quarter:percent}.",
  "story.success.title": "Wie oft führt ein zufälliger Start zum Ziel?",
  "story.success.question":
    "Unsere Liste enthält {runs} zufällige Startpunkte, gezogen nach der Voreinstellung von Keras. Von jedem aus " +
    "macht Adam {steps} Schritte. Wie viele dieser Läufe lösen XOR?",
  "story.success.choice1": "Fast alle.",
  "story.success.choice2": "Etwa die Hälfte.",
  "story.success.choice3": "Etwa ein Fünftel.",
  "story.success.choice4": "Kaum einer.",
  "story.success.reveal":
    "{solved:percent} (95-%-Intervall {low:percent} bis {high:percent}). Die anderen stecken fest: {eighth:percent} " +
    "beim Verlust {level1}, {sixth:percent} bei {level2} und {quarter:percent} bei {level3}. Ein größerer Anteil " +
    "als {ceiling} war nicht zu erwarten, denn alle übrigen Startpunkte haben eine tote Einheit. Ziehen Sie selbst " +
    "zufällige Startpunkte und beobachten Sie die Balken; der gezeigte Lauf ist der erste der Liste, der XOR löst.",
  "story.basins.title": "Führt eine freundliche Mulde zum Optimum?",
  "story.basins.question":
    "Auf keiner von {rays} Strecken vom Kreuz zum Rand dieser Ebene fällt der Verlust: Er sieht aus wie eine " +
    "einzige freundliche Mulde. Adam (Lernrate {rate}, {steps} Schritte) startet an {starts} Punkten, die " +
    "gleichmäßig über die Ebene verteilt sind. Wie viele davon führen zu einer Lösung?",
  "story.basins.choice1": "Alle.",
  "story.basins.choice2": "Etwa neun von zehn.",
  "story.basins.choice3": "Weniger als die Hälfte.",
  "story.basins.reveal":
    "Nur {solved:percent}; {trapped:percent} bleiben stecken, und die wenigen übrigen sind noch nicht zur Ruhe " +
    "gekommen. Die Farbe zeigt jetzt, wo ein Lauf von jedem Punkt aus endet. Die Ebene zeigt den Verlust in " +
    "zwei von neun Dimensionen, und ein Lauf verlässt sie mit dem ersten Schritt. Gezeigt ist der Lauf, der im " +
    "Bild dem Kreuz am nächsten beginnt und doch stecken bleibt: Er beginnt beim Verlust {startLoss} und endet " +
    "bei {level}. Diese Ebene ist ausgesucht. In {others} nicht ausgesuchten Ebenen führen {least:percent} bis " +
    "{most:percent} der Startpunkte zu einer Lösung.",
  "story.remedies.title": "Was hilft?",
  "story.remedies.question":
    "Hier ist noch einmal der Startpunkt mit der toten Einheit, stecken geblieben beim Verlust {level}. Sie wollen " +
    "XOR so trainieren, dass es von den meisten zufälligen Startpunkten aus gelingt. Was hilft am meisten?",
  "story.remedies.choice1": "Länger trainieren.",
  "story.remedies.choice2": "Einfacher Gradientenabstieg oder eine größere Lernrate.",
  "story.remedies.choice3": "Ein Sigmoid an der Ausgabe mit der Kreuzentropie als Verlust.",
  "story.remedies.choice4": "{many} versteckte Einheiten statt zwei.",
  "story.remedies.reveal":
    "Mit {many} versteckten Einheiten werden am Ende von {units:percent} der {trials} zufälligen Startpunkte aus " +
    "alle vier Beispiele richtig klassifiziert (95-%-Intervall {unitsLow:percent} bis {unitsHigh:percent}); mit " +
    "zwei tanh-Einheiten statt ReLU sind es {tanh:percent} ({tanhLow:percent} bis {tanhHigh:percent}). Die " +
    "Kreuzentropie, Gradientenabstieg und die Lernrate {rate} bringen keinen großen Gewinn gegenüber den " +
    "{solved:percent} mit zwei ReLU-Einheiten. Längeres Training ändert nichts, wo der Gradient 0 ist. Zwei Läufe " +
    "vom selben Startpunkt sind hinzugekommen, mit Gradientenabstieg (SGD) und mit der größeren Lernrate: Beide " +
    "bleiben ebenfalls stecken.",
  "story.twin.title": "Wie hoch führt der Weg zur Zwillingslösung?",
  "story.twin.question":
    "Vertauscht man die beiden versteckten Einheiten des Lehrbuchnetzes, so berechnet es dasselbe: eine " +
    "Zwillingslösung. Die Ebene geht durch beide. Auf der Geraden zwischen ihnen steigt der Verlust bis " +
    "{straight}. Ein gekrümmter Weg, auch aus dieser Ebene heraus, kann tiefer bleiben. Wie hoch muss jeder Weg " +
    "zwischen den beiden mindestens steigen?",
  "story.twin.choice1": "{level0}: Ein Tal aus Lösungen verbindet sie.",
  "story.twin.choice2": "{pass}.",
  "story.twin.choice3": "{worst}.",
  "story.twin.choice4": "{straight}: Kein Weg ist besser als die Gerade.",
  "story.twin.reveal":
    "Genau {pass}. Die Lösungen zerfallen in {components} Mengen, die nicht miteinander zusammenhängen, und die " +
    "Zwillinge liegen in verschiedenen. Ein Weg zwischen ihnen ist eingezeichnet: Er steigt bis {pass} (Punkt 3) " +
    "und nicht höher; wo er gepunktet ist, verläuft er außerhalb der Ebene. Kein Weg bleibt darunter. Der gezeigte " +
    "Lauf beginnt in der Mitte der Strecke. Dort sind die beiden versteckten Einheiten gleich, erhalten also " +
    "denselben Gradienten und bleiben gleich: Zusammen können sie nicht mehr als eine Einheit, und der Lauf endet " +
    "bei {level}.",
};
