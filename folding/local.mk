# folding
