//! Several walks side by side.

use std::hint::select_unpredictable;

use super::{
    LANES,
    slot::{Link, Slot},
};
use crate::number::Number;

/// Steps between two looks at whether lanes are at their leaves.
const STEPS: usize = 4;

/// The node that a row goes to from a node, counted from the root; a leaf steps onto itself.
#[inline(always)]
fn step<const MISSING: bool, T: Number, L: Link>(
    slot: Slot<T, L>,
    rows: &[T],
    offset: usize,
) -> u32 {
    let x = rows[offset + slot.link.feature()];
    #[expect(
        clippy::neg_cmp_op_on_partial_ord,
        reason = "a missing value goes second"
    )]
    let mut second = !(x <= slot.value);
    if MISSING {
        second &= !(x.is_missing() & slot.link.missing_first());
    }
    // As a branch the choice would be mispredicted every other time.
    let child = slot.link.child();
    select_unpredictable(second, child + slot.link.is_branch(), child)
}

/// Walks each lane from the root at its start to a leaf; returns the leaves' positions in `nodes`.
#[inline(always)]
pub(super) fn descend<const MISSING: bool, T: Number, L: Link, const N: usize>(
    nodes: &[Slot<T, L>],
    starts: [u32; N],
    depth: u32,
    rows: &[T],
    offsets: [usize; N],
) -> [u32; N] {
    let mut positions = starts;
    let mut left = depth as usize;
    while left > 0 {
        let steps = left.min(STEPS);
        let before = positions;
        for _ in 0..steps {
            for lane in 0..N {
                let slot = nodes[positions[lane] as usize];
                positions[lane] = starts[lane] + step::<MISSING, _, _>(slot, rows, offsets[lane]);
            }
        }
        if positions == before {
            break;
        }
        left -= steps;
    }
    positions
}

/// Walks all rows, at least one, through a tree: a lane whose row is at its leaf takes the next row. `reached`
/// gets for each row the position of its leaf in `nodes`, and one more number, to be ignored.
#[inline(always)]
pub(super) fn descend_in_turn<const MISSING: bool, T: Number, L: Link>(
    nodes: &[Slot<T, L>],
    rows: &[T],
    n_features: usize,
    reached: &mut Vec<u32>,
) {
    let n_rows = rows.len() / n_features;
    reached.clear();
    reached.resize(n_rows + 1, 0);
    // Without a next row a lane walks the last one again, for nothing.
    let offset_of = |row: usize| row.min(n_rows - 1) * n_features;
    let mut lanes: [usize; LANES] = std::array::from_fn(|lane| lane.min(n_rows));
    let mut offsets = lanes.map(offset_of);
    let mut positions = [0; LANES];
    let mut next = LANES;
    let mut left = n_rows;
    while left > 0 {
        for _ in 0..STEPS {
            for lane in 0..LANES {
                let slot = nodes[positions[lane] as usize];
                positions[lane] = step::<MISSING, _, _>(slot, rows, offsets[lane]);
            }
        }
        for lane in 0..LANES {
            let position = positions[lane];
            let row = lanes[lane];
            // Written before it is known to be the leaf: a jump would be mispredicted once a row.
            reached[row] = position;
            let is_done = nodes[position as usize].link.is_branch() == 0;
            left -= usize::from(is_done & (row < n_rows));
            let next_row = next.min(n_rows);
            next += usize::from(is_done);
            lanes[lane] = select_unpredictable(is_done, next_row, row);
            offsets[lane] = select_unpredictable(is_done, offset_of(next_row), offsets[lane]);
            positions[lane] = select_unpredictable(is_done, 0, position);
        }
    }
}
