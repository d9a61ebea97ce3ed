/** German texts of the controls. */

export const germanInterface = {
  "page.damaged": "Ein Teil des Links war nicht lesbar; dafür gilt die Voreinstellung.",

  "number": "{value}",

  "bar.documentTitle": "Die Verlustlandschaft von XOR",
  "bar.title": "Die Verlustlandschaft von XOR",
  "bar.subtitle": "Neun Gewichte, vier Beispiele. Ziehen Sie den Startpunkt und sehen Sie, wo das Training endet.",
  "bar.share": "Teilen",
  "bar.help": "Hilfe",
  "bar.otherLanguage": "English",
  "bar.theme": "Farben",
  "bar.theme.auto": "Automatisch",
  "bar.theme.light": "Hell",
  "bar.theme.dark": "Dunkel",

  "plane.title": "Die Ebene",
  "plane.kind": "Art der Ebene",
  "plane.kind.normalized": "Filternormierte Ebene",
  "plane.kind.random": "Zufällige Ebene",
  "plane.kind.coordinates": "Zwei Parameter",
  "plane.kind.bowl": "Mulde: versteckte Biases",
  "plane.kind.valley": "Tal: versteckter und Ausgangsbias",
  "plane.kind.principal": "Hauptebene der Läufe",
  "plane.kind.points": "Ebene durch drei Punkte",
  "plane.about.normalized":
    "Zwei zufällige Richtungen durch die Mitte; jede Einheit wird im Verhältnis zur Norm ihrer Gewichte bewegt.",
  "plane.about.random": "Zwei zufällige Richtungen durch die Mitte, so wie sie gezogen wurden.",
  "plane.about.coordinates": "Zwei der neun Parameter ändern sich, die übrigen behalten ihren Wert in der Mitte.",
  "plane.about.bowl": "b1[0] und b1[1] um die Lehrbuchlösung; der Verlust ist nur in einem Punkt null.",
  "plane.about.valley": "b1[0] und b2[0] um die Lehrbuchlösung; der Verlust ist auf einem ganzen Strahl null.",
  "plane.about.principal":
    "Die zwei Richtungen, in denen sich die gezeigten Läufe am stärksten unterscheiden. Sie dreht sich mit den " +
    "Läufen.",
  "plane.about.points": "Der erste Punkt liegt bei (0, 0), der zweite bei (1, 0).",
  "plane.color": "Farben der Ebene",
  "plane.color.loss": "Verlust",
  "plane.color.outcome": "Wo jeder Start endet",
  "plane.options": "Diese Ebene wählen",
  "plane.range": "Bereich der Ebene",
  "plane.zoomIn": "Vergrößern",
  "plane.zoomOut": "Verkleinern",
  "plane.zoomReset": "Üblicher Bereich",
  "plane.seed": "Seed",
  "plane.nextSeed": "Nächste Ebene",
  "plane.biasRule": "Biases",
  "plane.bias.joint": "mit den Gewichten ihrer Einheit",
  "plane.bias.ignore": "unverändert",
  "plane.bias.copy": "skaliert wie in der Mitte",
  "plane.bias.separate": "als eigener Filter",
  "plane.orthogonal": "rechtwinklig",
  "plane.axisX": "Waagerecht",
  "plane.axisY": "Senkrecht",
  "plane.centre": "Mitte verlegen auf",
  "plane.point": "Punkt {n}",
  "plane.mark.centre": "Mitte",
  "plane.mark.textbook": "Lehrbuch",
  "plane.mark.point": "Punkt {n}",
  "plane.thisRun": "dieser Lauf",
  "plane.impossible":
    "Diese Ebene gibt es nicht: Die Punkte liegen auf einer Geraden, oder es gibt nichts zu bewegen. Gezeigt " +
    "wird die letzte.",
  "plane.mapGrowing": "{count} Starts mit je {steps} Schritten {optimizer}: {percent:percent}",
  "plane.mapDone": "{count} Starts mit je {steps} Schritten {optimizer}.",
  "plane.label":
    "{kind}, gefärbt nach: {color}. Waagerechte Achse {a0} bis {a1}, senkrechte Achse {b0} bis {b1}. Der Lauf " +
    "beginnt bei ({x}, {y}) und ist nach {step} Schritten bei ({hereX}, {hereY}). Pfeiltasten bewegen den " +
    "Start.",

  "preset.offset": "Lehrbuchgewichte + {value}",
  "preset.keras": "erster zufälliger Start der Vorlesung",
  "preset.leaving": "Vorlesung: Adam verlässt das Optimum, {value}",
  "preset.spikes": "Vorlesung: Der Verlust springt",
  "preset.story.solved": "Vorlesung: ein Lauf, der gelingt",
  "preset.story.trapped": "Vorlesung: ein Lauf, der stecken bleibt",
  "preset.trajectories": "Vorlesung: um {value} gestört",

  "axes.normalized": "Richtung {number}, filternormiert",
  "axes.random": "Richtung {number}",
  "axes.principal": "Hauptkomponente {number} ({share:percent} der Varianz)",
  "axes.parameter": "{name}",
  "axes.points": "Richtung {number}",

  "place.keep": "wählen …",
  "place.textbook": "die Lehrbuchlösung",
  "place.exchanged": "ihr Zwilling mit vertauschten Einheiten",
  "place.zero": "lauter Nullen",
  "place.start": "den Start des Laufs",
  "place.here": "den gezeigten Schritt",
  "place.end": "das Ende des Laufs",

  "leftOut.nothing": "Der ganze Lauf liegt in dieser Ebene.",
  "leftOut.run":
    "Diese Ebene enthält {share:percent} der Varianz des Laufs; er ist bis zu {distance} von ihr entfernt.",
  "leftOut.kept": "Behaltene Läufe: mindestens {share:percent}, bis zu {distance} entfernt.",
  "leftOut.frozen": "{n} der 9 Parameter ändern sich darin nicht.",

  "player.title": "Der Lauf",
  "player.play": "Abspielen",
  "player.pause": "Anhalten",
  "player.back": "Einen Schritt zurück",
  "player.forward": "Einen Schritt vor",
  "player.scrub": "Schritt des Laufs",
  "player.position": "Schritt {step} von {steps}, Verlust {loss}",

  "walk.title": "Training",
  "walk.preset": "Start",
  "walk.presetChoose": "Start wählen …",
  "walk.random": "Zufälliger Start",
  "walk.optimizer": "Optimierer",
  "walk.rate": "Lernrate",
  "walk.rateExact": "Lernrate als Zahl",
  "walk.rateValue": "Lernrate {value}",
  "walk.momentum": "Momentum",
  "walk.steps": "Schritte",
  "walk.precision": "Genauigkeit",
  "walk.float64": "float64",
  "walk.float32": "float32",
  "walk.refused": "{name} muss zwischen {low} und {high} liegen.",

  "runs.title": "Behaltene Läufe",
  "runs.keep": "Lauf behalten",
  "runs.hint": "Behalten Sie einen Lauf, um ihn mit dem nächsten zu vergleichen.",
  "runs.full": "Höchstens {n} Läufe können behalten werden. Entfernen Sie zuerst einen.",
  "runs.name": "Lauf {n}",
  "runs.nameOf": "Name von Lauf {n}",
  "runs.choose": "{name} zeigen",
  "runs.remove": "Entfernen",
  "runs.removeNamed": "{name} entfernen",
  "runs.noLevel": "kein Niveau",
  "runs.end": "{optimizer} {rate}: {level}",

  "guide.title": "Geführte Fragen",
  "guide.invitation": "{n} Fragen dazu, was zwischen Start und Ende geschieht. Erst vorhersagen, dann sehen.",
  "guide.begin": "Mit der ersten Frage beginnen",
  "guide.counter": "Frage {n} von {of}",
  "guide.predict": "Was erwarten Sie?",
  "guide.reveal": "Auflösen",
  "guide.right": "Wie von Ihnen vorhergesagt.",
  "guide.wrong": "Anders als von Ihnen vorhergesagt.",
  "guide.back": "Zurück",
  "guide.next": "Nächste Frage",
  "guide.finish": "Beenden",
  "guide.leave": "Fragen verlassen",

  "network.title": "Das Netz",
  "network.note": "Ziehen Sie eine Zahl nach oben oder unten: Dort beginnt ein neuer Lauf.",
  "network.inputs": "Die neun Parameter als Zahlen",
  "network.refused": "{name} muss zwischen -{largest} und {largest} liegen.",
  "network.label":
    "Netz mit zwei Eingängen, zwei versteckten Einheiten und einem Ausgang. Parameter in der Reihenfolge W1, " +
    "b1, W2, b2: {values}. Verlust {loss}.",
  "network.dead": "Tote versteckte Einheiten: {units}.",
  "decision.title": "Was es berechnet",
  "decision.note":
    "Ausgabe über dem Quadrat der Eingaben, mit den Linien, an denen eine versteckte Einheit aktiv wird.",
  "decision.label": "Ausgaben für 00, 01, 10 und 11: {outputs}. {right} von 4 Beispielen sind richtig klassifiziert.",
  "terrain.title": "Die Ebene als Gelände",
  "terrain.note": "Zum Drehen ziehen. Dieselbe Ebene; die Höhe ist die Wurzel des Verlusts.",
  "terrain.label":
    "Verlust über der Ebene als Gelände, von {lowest} bis {highest}, gesehen aus Azimut {azimuth}° und Höhe " +
    "{elevation}°. Pfeiltasten drehen es.",
  "curves.title": "Der Lauf, Schritt für Schritt",
  "curves.note": "Ziehen Sie, um zu einem Schritt zu gehen. Die Abstände gelten in allen neun Dimensionen.",
  "curves.label":
    "Verlust von {from} am Start bis {to} nach {steps} Schritten; {here} in Schritt {step}. Abstand zu den " +
    "Lehrbuchgewichten von {near} bis {far}. Pfeiltasten ändern den Schritt.",
  "curves.zero": "Abstand zur nächsten Nullstelle des Verlusts von {from} bis {to}.",

  "many.title": "Viele Starts",
  "many.throw": "1000 zufällige Starts",
  "many.more": "1000 weitere",
  "many.stop": "Anhalten",
  "many.lecture": "mit dem Training der Vorlesung ({optimizer}, Lernrate {rate}, {steps} Schritte)",
  "many.known":
    "{optimizer}, Lernrate {rate}, {steps} Schritte, Standardinitialisierung von Keras. Die Marken sind die " +
    "Anteile unter {n} Starts.",
  "many.unknown":
    "{optimizer}, Lernrate {rate}, {steps} Schritte, Standardinitialisierung von Keras. Für diese Einstellungen " +
    "sind keine Anteile bekannt.",
  "many.part": "Niveau {level}: {share:percent} (95-%-Intervall {low:percent} bis {high:percent})",
  "many.done": "{n} Starts. {parts}.",
  "many.label": "Balken, wo {n} zufällige Starts geendet haben. {parts}.",
  "many.none": "Balken, wo zufällige Starts enden; noch ist keiner trainiert.",

  "line.paint": "Eine Linie von Starts ziehen",
  "line.how": "Ziehen Sie eine Linie über die Ebene: 61 Starts darauf werden trainiert. (Oder Umschalttaste halten.)",
  "line.training": "Die Starts auf der Linie werden trainiert: {done} von {n}.",
  "line.part": "{count} auf Niveau {level}",
  "line.none": "{count} auf keinem Niveau",
  "line.done": "{n} Starts auf der Linie: {parts}. Das Ergebnis wechselt entlang der Linie {changes}-mal.",

  "share.title": "Teilen",
  "share.close": "Schließen",
  "share.link": "Link zu diesem Zustand",
  "share.copyLink": "Link kopieren",
  "share.copy": "Kopieren",
  "share.copied": "Kopiert.",
  "share.notCopied": "Der Browser erlaubt das Kopieren nicht; markieren und kopieren Sie den Text selbst.",
  "share.picture": "Bild",
  "share.which": "Ansicht",
  "share.save": "Als {name} speichern",
  "share.python": "Python-Code",
  "share.recipe": "Rezept",
  "share.recipeHint":
    "Abbildungen der Vorlesung, die dieser Ansicht am nächsten kommen: als recipe.toml speichern, dann xorscape " +
    "render recipe.toml.",

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
  "help.does.keep": "diesen Lauf behalten",
  "help.key.help": "?",
  "help.does.help": "diese Hilfe zeigen",
};
