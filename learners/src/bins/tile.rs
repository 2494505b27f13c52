//! Some neighbouring features of all rows, row-major.

/// Up to 32 neighbouring features.
pub(crate) struct Tile {
    /// The first feature.
    pub(crate) first: usize,
    pub(crate) cells: Cells,
}

/// One array of bins a row. Widths are multiples of four, so that few bytes are unused, yet there are few
/// widths to compile for.
pub(crate) enum Cells {
    N4(Vec<[u8; 4]>),
    N8(Vec<[u8; 8]>),
    N12(Vec<[u8; 12]>),
    N16(Vec<[u8; 16]>),
    N20(Vec<[u8; 20]>),
    N24(Vec<[u8; 24]>),
    N28(Vec<[u8; 28]>),
    N32(Vec<[u8; 32]>),
}

/// Runs the expression on cells of any width, a `Vec<[u8; N]>`.
macro_rules! with_cells {
    ($cells:expr, $rows:ident => $run:expr) => {
        match $cells {
            $crate::bins::Cells::N4($rows) => $run,
            $crate::bins::Cells::N8($rows) => $run,
            $crate::bins::Cells::N12($rows) => $run,
            $crate::bins::Cells::N16($rows) => $run,
            $crate::bins::Cells::N20($rows) => $run,
            $crate::bins::Cells::N24($rows) => $run,
            $crate::bins::Cells::N28($rows) => $run,
            $crate::bins::Cells::N32($rows) => $run,
        }
    };
}
pub(crate) use with_cells;

impl Tile {
    const WIDEST: usize = 32;

    /// The width of the tiles of a table: all of them are equally wide.
    pub(super) fn width_for(n_features: usize) -> usize {
        let n_tiles = n_features.div_ceil(Self::WIDEST).max(1);
        n_features.div_ceil(n_tiles).next_multiple_of(4).max(4)
    }

    pub(super) fn new(first: usize, width: usize, n_rows: usize) -> Self {
        let cells = match width {
            4 => Cells::N4(vec![[0; 4]; n_rows]),
            8 => Cells::N8(vec![[0; 8]; n_rows]),
            12 => Cells::N12(vec![[0; 12]; n_rows]),
            16 => Cells::N16(vec![[0; 16]; n_rows]),
            20 => Cells::N20(vec![[0; 20]; n_rows]),
            24 => Cells::N24(vec![[0; 24]; n_rows]),
            28 => Cells::N28(vec![[0; 28]; n_rows]),
            32 => Cells::N32(vec![[0; 32]; n_rows]),
            _ => unreachable!("tiles have the width that `width_for` gives"),
        };
        Self { first, cells }
    }

    /// How many features a row has room for, some of which the last tile may not use.
    pub(crate) fn width(&self) -> usize {
        fn width<const N: usize>(_: &[[u8; N]]) -> usize {
            N
        }
        with_cells!(&self.cells, rows => width(rows))
    }
}
