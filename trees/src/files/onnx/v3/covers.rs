//! The attribute `nodes_hitrates`: the weight of the training rows that reached each node.

use super::super::attributes::Attributes;
use crate::{forest::Node, number::Number};

/// Largest difference between a branch's cover and those of its children, as a part of its own.
const TOLERANCE: f64 = 1.0 / 128.0;

/// A cover a node; empty if the file has none. Most exporters write 1 for every node, and onnxruntime ignores
/// the attribute, so whatever can't be covers is none.
pub(super) fn read<T: Number>(attributes: &Attributes<'_>, nodes: &[Node<T>]) -> Vec<f64> {
    let found = attributes.numbers::<T>("nodes_hitrates");
    let covers = found.unwrap_or_default().into_iter();
    let covers: Vec<f64> = covers.map(T::to_f64).collect();
    let is_cover = |cover: &f64| cover.is_finite() && *cover >= 0.0;
    let add_up = |(node, cover): (&Node<T>, &f64)| match node {
        Node::Branch {
            true_child,
            false_child,
            ..
        } => {
            let below = covers[*true_child as usize] + covers[*false_child as usize];
            (below - cover).abs() <= TOLERANCE * cover
        }
        Node::Leaf(_) => true,
    };
    if covers.len() == nodes.len()
        && covers.iter().all(is_cover)
        && nodes.iter().zip(&covers).all(add_up)
    {
        covers
    } else {
        Vec::new()
    }
}
