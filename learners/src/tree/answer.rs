//! What a leaf of a tree of classes answers: class probabilities, and the class that they amount to.

use super::Node;

impl Node {
    /// A leaf's probabilities by ascending class, as the model file has them: the class weights divided
    /// by their sum, rounded to float32; classes of weight 0 are left out.
    pub(crate) fn probabilities(&self) -> impl Iterator<Item = (u32, f32)> {
        probabilities(self.class_weights().iter().copied())
    }

    /// The class that a leaf predicts in a tree of `n_classes` classes.
    pub(crate) fn class(&self, n_classes: usize) -> u32 {
        likeliest(self.class_weights().iter().copied(), n_classes)
    }
}

/// The class that a leaf with these weights, by ascending class, predicts: the likeliest, the first of
/// equals. Of two classes it is the second if the second's probability is above one half, as in the
/// file, which has only that probability.
pub(crate) fn likeliest(
    class_weights: impl Iterator<Item = (u32, f64)> + Clone,
    n_classes: usize,
) -> u32 {
    let mut probabilities = probabilities(class_weights);
    if n_classes == 2 {
        let second = probabilities.find(|(class, _)| *class == 1);
        return u32::from(second.is_some_and(|(_, probability)| probability > 0.5));
    }
    let mut best = (0, 0.0);
    for (class, probability) in probabilities {
        if probability > best.1 {
            best = (class, probability);
        }
    }
    best.0
}

fn probabilities(
    class_weights: impl Iterator<Item = (u32, f64)> + Clone,
) -> impl Iterator<Item = (u32, f32)> {
    let total: f64 = class_weights.clone().map(|(_, weight)| weight).sum();
    class_weights
        .filter(|(_, weight)| *weight > 0.0)
        .map(move |(class, weight)| (class, (weight / total) as f32))
}
