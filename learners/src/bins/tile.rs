//! Some neighbouring features of all rows, row-major.

/// Up to 16 neighbouring features; a table's last tile may be narrower, so that a few features left over
/// don't take 16 bytes a row.
pub(crate) struct Tile {
    /// The first feature.
    pub(crate) first: usize,
    pub(crate) cells: Cells,
}

/// One array of bins a row.
pub(crate) enum Cells {
    Four(Vec<[u8; 4]>),
    Eight(Vec<[u8; 8]>),
    Sixteen(Vec<[u8; 16]>),
}

/// Runs the expression on the tile's rows, a `Vec<[u8; N]>`, compiled once for each width.
macro_rules! with_cells {
    (&mut $tile:ident, $cells:ident => $run:expr) => {
        match &mut $tile.cells {
            $crate::bins::Cells::Four($cells) => $run,
            $crate::bins::Cells::Eight($cells) => $run,
            $crate::bins::Cells::Sixteen($cells) => $run,
        }
    };
    ($tile:expr, $cells:ident => $run:expr) => {
        match &$tile.cells {
            $crate::bins::Cells::Four($cells) => $run,
            $crate::bins::Cells::Eight($cells) => $run,
            $crate::bins::Cells::Sixteen($cells) => $run,
        }
    };
}
pub(crate) use with_cells;

impl Tile {
    pub(crate) const WIDEST: usize = 16;

    /// The first feature and the width of each tile of a table.
    pub(super) fn widths(n_features: usize) -> impl Iterator<Item = (usize, usize)> {
        (0..n_features).step_by(Self::WIDEST).map(move |first| {
            let width = (n_features - first).next_power_of_two();
            (first, width.clamp(4, Self::WIDEST))
        })
    }

    pub(super) fn new(first: usize, width: usize, n_rows: usize) -> Self {
        let cells = match width {
            4 => Cells::Four(vec![[0; 4]; n_rows]),
            8 => Cells::Eight(vec![[0; 8]; n_rows]),
            _ => Cells::Sixteen(vec![[0; 16]; n_rows]),
        };
        Self { first, cells }
    }
}
