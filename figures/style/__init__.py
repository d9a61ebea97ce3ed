"""How everything looks: style sheets and sizes, palette, scales of the loss, wording."""
