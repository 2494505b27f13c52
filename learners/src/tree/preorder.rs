//! Numbering nodes in preorder.

use super::Node;

/// The nodes of a tree in preorder. `visit` is called for each of them in that order, with the node's
/// index and the item that it is made from; it returns the node and, for a branch, the items of its left
/// and right child. The indices in the branch's split are filled in here.
///
/// Nothing recurses: depth costs heap, not stack.
pub(crate) fn preorder<T>(
    root: T,
    mut visit: impl FnMut(usize, T) -> (Node, Option<[T; 2]>),
) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    // Items to come. That of a right child has the index of its parent with it; a left child follows
    // its parent directly.
    let mut pending = vec![(root, None)];
    while let Some((item, parent)) = pending.pop() {
        let index = nodes.len();
        if let Some(parent) = parent {
            let parent: &mut Node = &mut nodes[parent];
            match &mut parent.split {
                Some(split) => split.right = index,
                None => unreachable!("a node with children has a split"),
            }
        }
        let (mut node, children) = visit(index, item);
        if let Some(split) = &mut node.split {
            split.left = index + 1;
        }
        nodes.push(node);
        if let Some([left, right]) = children {
            pending.push((right, Some(index)));
            pending.push((left, None));
        }
    }
    nodes
}
