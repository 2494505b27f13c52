//! Three small learners, one for each task, for tests of a trainer that knows no algorithm.

mod majority;
mod mean;
mod nearest;

pub(crate) use majority::Majority;
pub(crate) use mean::Mean;
pub(crate) use nearest::Nearest;
