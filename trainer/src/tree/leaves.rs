//! What the leaves answer: class probabilities, and the class that they amount to.

use super::Tree;

/// The answers of a tree's leaves, as the model file gives them.
#[derive(Clone, Debug)]
pub struct Leaves<'a> {
    tree: &'a Tree,
    /// By node.
    classes: Vec<u32>,
}

impl<'a> Leaves<'a> {
    /// The answers of `tree`. Probabilities are a leaf's class weights divided by their sum, rounded to
    /// float32; classes without weight are left out. With two classes both follow from the second one's
    /// probability, as in an ONNX file, so that every scorer comes to the same class.
    pub fn of(tree: &'a Tree) -> Self {
        let mut leaves = Self {
            tree,
            classes: Vec::new(),
        };
        leaves.classes = (0..tree.nodes.len() as u32)
            .map(|leaf| leaves.likeliest(leaf))
            .collect();
        leaves
    }

    /// The class that a leaf predicts: the likeliest, the first of equals. In a branch 0.
    pub fn class(&self, leaf: u32) -> u32 {
        self.classes.get(leaf as usize).copied().unwrap_or_default()
    }

    /// A leaf's probabilities by ascending class; classes of probability 0 are left out.
    pub fn probabilities(&self, leaf: u32) -> impl Iterator<Item = (u32, f32)> {
        let weights = self.weights(leaf);
        let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let found = weights.iter().filter(|(_, weight)| *weight > 0.0);
        found.map(move |(class, weight)| (*class, (weight / total) as f32))
    }

    /// The probability of a class before it is rounded to float32, as scikit-learn has it.
    pub fn exact_probability(&self, leaf: u32, class: u32) -> f64 {
        let weights = self.weights(leaf);
        let found = weights.binary_search_by_key(&class, |(class, _)| *class);
        let Some((_, weight)) = found.ok().and_then(|place| weights.get(place)) else {
            return 0.0;
        };
        weight / weights.iter().map(|(_, weight)| weight).sum::<f64>()
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.tree.n_classes
    }

    fn weights(&self, leaf: u32) -> &'a [(u32, f64)] {
        let node = self.tree.nodes.get(leaf as usize);
        node.map_or(&[], |node| &node.class_weights)
    }

    fn likeliest(&self, leaf: u32) -> u32 {
        if self.n_classes() == 2 {
            let second = self.probabilities(leaf).find(|(class, _)| *class == 1);
            return u32::from(second.is_some_and(|(_, probability)| probability > 0.5));
        }
        let mut best = (0, 0.0);
        for (class, probability) in self.probabilities(leaf) {
            if probability > best.1 {
                best = (class, probability);
            }
        }
        best.0
    }
}
