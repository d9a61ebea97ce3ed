/** German texts of the help. */

export const germanHelp = {
  "help.title": "Hilfe",
  "help.what":
    "Ein Netz mit zwei Eingängen, zwei versteckten ReLU-Einheiten und einem Ausgang wird auf XOR trainiert. " +
    "Sein Verlust hängt von neun Parametern ab. Die Ebene ist ein Schnitt durch diese neun Dimensionen; jeder " +
    "ihrer Punkte ist ein Netz. Klicken oder ziehen Sie, um den Start eines Laufs zu wählen.",
  "help.honest":
    "Die Läufe werden in allen neun Dimensionen berechnet, mit denselben Zahlen wie im Python-Paket, und dann " +
    "auf die Ebene projiziert. Wie viel vom Lauf die Ebene auslässt, steht darunter.",
  "help.keys": "Tasten",
  "help.key.space": "Leertaste",
  "help.does.space": "Lauf abspielen oder anhalten",
  "help.key.step": ", und .",
  "help.does.step": "einen Schritt zurück, einen Schritt vor",
  "help.key.arrows": "Pfeile auf der Ebene",
  "help.does.arrows": "den Start bewegen",
  "help.key.fine": "Umschalt und Pfeile",
  "help.does.fine": "den Start ein wenig bewegen",
  "help.key.zoom": "+ und - auf der Ebene",
  "help.does.zoom": "vergrößern, verkleinern",
  "help.key.line": "L auf der Ebene",
  "help.does.line": "eine Linie von Starts durch den Start trainieren, von links nach rechts",
  "help.key.turn": "Pfeile auf dem Gelände",
  "help.does.turn": "es drehen",
  "help.key.keep": "K",
  "help.does.keep": "diesen Lauf merken",
  "help.key.help": "?",
  "help.does.help": "diese Hilfe zeigen",

  "help.words": "Begriffe",
  "help.term.dead": "Tote Einheit",
  "help.means.dead":
    "Eine versteckte Einheit, deren ReLU für alle vier Beispiele 0 liefert. Ihre Gewichte haben dann den " +
    "Gradienten 0.",
  "help.term.kink": "Knick",
  "help.means.kink":
    "Eine Stelle, an der die Summe, die in eine ReLU eingeht, für ein Beispiel 0 ist: Dort ist der Verlust " +
    "stetig, kann aber abknicken.",
  "help.term.lines": "Linien wie h₁: 00",
  "help.means.lines":
    "Knicke in der Ebene: Hier ist die Summe, die in die versteckte Einheit 1 eingeht, für die Eingabe (0, 0) " +
    "gleich 0. Im Bild der Ausgaben heißt diese Stelle Knick der Einheit.",
  "help.term.level": "Niveau",
  "help.means.level":
    "Ein Wert des Verlusts, bei dem das Training zur Ruhe kommen kann: {levels}. Bei 0 ist XOR gelöst.",
  "help.term.stuck": "Stecken bleiben",
  "help.means.stuck":
    "Zur Ruhe kommen bei einem Verlust über 0: gefangen in einem lokalen Minimum oder Sattelpunkt, oder " +
    "festgehalten in einem Knick, hinter dem der Verlust fallen würde.",
  "help.term.variance": "Anteil der Streuung",
  "help.means.variance":
    "Wie viel von der Streuung der Punkte des Laufs um ihren Mittelwert (der Varianz) in der Ebene zu sehen ist; " +
    "der Rest steht senkrecht auf ihr.",
  "help.term.root": "Wurzelskala",
  "help.means.root":
    "Farbe und Höhe wachsen mit der Quadratwurzel des Verlusts, damit sich kleine Verluste unterscheiden lassen.",
  "help.term.normalized": "Filternormiert",
  "help.means.normalized":
    "Zufällige Richtungen, so skaliert, dass die Gewichte jeder Einheit im Verhältnis zu ihrer Größe bewegt " +
    "werden.",
  "help.term.parameters": "b1[0], W1[0,1]",
  "help.means.parameters":
    "Parameter wie in Keras: b1[0] ist der Bias der versteckten Einheit 1, W1[0,1] das Gewicht von Eingabe 1 zur " +
    "versteckten Einheit 2.",
  "help.term.principal": "Hauptebene",
  "help.means.principal": "Die Ebene entlang der beiden Richtungen, in denen die Punkte der Läufe am meisten streuen.",
  "help.term.noLevel": "Auf keinem Niveau",
  "help.means.noLevel":
    "Der letzte Verlust des Laufs liegt bei keinem der Niveaus: Der Lauf ist noch in Bewegung, in einer Spitze " +
    "oder divergiert.",
  "help.term.zero": "Nächste Nullstelle",
  "help.means.zero":
    "Die Parameter mit Verlust 0 (eine Lösung von XOR), die in allen neun Dimensionen am nächsten liegen.",
};
