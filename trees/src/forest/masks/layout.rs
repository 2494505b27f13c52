//! From linked nodes to lines of masks.

use super::{
    super::{
        categories::{Categories, Classes},
        checked::Checked,
        leaves::{Leaves, NO_WEIGHTS},
        linked::{Linked, Missing, Node, Test, Weight},
        planes::{Key, Planes, Question},
        room::Room,
    },
    GROUPS, Group, Lines, MAX_GROUP_PLANES, MAX_PLANES, Mask, Masks, Segment, Values, WideLines,
};
use crate::number::Number;
use std::collections::HashMap;

/// Fewer trees than this walk as fast, and a single one has a path.
const MIN_TREES: usize = 4;

/// The average tree has at least this part of the most leaves.
const MIN_SHARE: usize = 4;

/// Most branches of a plane in a group, so that a byte holds their ranks and that of a missing value.
const MAX_BRANCHES: usize = u8::MAX as usize - 1;

/// A tree with its leaves numbered.
struct Tree<T, M> {
    branches: Vec<Branch<T, M>>,
    /// Their positions in the file.
    leaves: Vec<u32>,
}

struct Branch<T, M> {
    question: Question<T>,
    /// The leaves that are left if a row goes to the second child.
    mask: M,
}

/// A branch of a group of trees.
struct Placed<M> {
    plane: u32,
    rank: u32,
    /// Its tree.
    lane: usize,
    mask: M,
    missing_first: bool,
    /// That of a test of membership.
    set: Option<u32>,
}

impl<M: Mask> Placed<M> {
    /// The branch sends a row to its second child.
    fn rule_out(&self, line: &mut [M]) {
        line[self.lane] = line[self.lane].and(self.mask);
    }
}

/// What is left to do in a tree.
enum Task {
    Node(u32),
    /// All leaves under the first child of a branch are numbered; they began with `first_leaf`.
    Second {
        branch: usize,
        first_leaf: usize,
    },
}

impl<T: Number, M: Mask, const LANES: usize, const LEAVES: usize> Masks<T, M, LANES, LEAVES> {
    /// Lays a forest out, and takes its weights if leaves have several. `None` if it is no forest of
    /// small trees, or if it asks too much of a row for this to be quick.
    pub(in crate::forest) fn new(checked: &mut Checked<T>, slots: usize) -> Option<Self> {
        let linked = checked.linked();
        let n_trees = linked.roots.len();
        // A line and its values take the same for a tree of few leaves: they would be mostly empty.
        let is_full = linked.nodes.len() >= n_trees * (LEAVES / MIN_SHARE * 2 - 1);
        if n_trees < MIN_TREES || !is_full {
            return None;
        }
        let mut used = vec![false; linked.nodes.len()];
        let mut trees = Vec::with_capacity(n_trees);
        for root in &linked.roots {
            trees.push(Tree::<T, M>::new(linked, *root, LEAVES, &mut used)?);
        }
        let groups = groups(&trees, LANES);
        let mut room = Room::for_nodes(linked.size());
        let mut segments = Vec::with_capacity(groups.len().div_ceil(GROUPS));
        for (i, groups) in groups.chunks(GROUPS).enumerate() {
            segments.push(Segment::new(
                &trees,
                groups,
                i * GROUPS,
                &linked.sets,
                &mut room,
            )?);
        }
        let mut indices = vec![0; trees.len() * LEAVES];
        for ((tree, first), indices) in trees
            .iter()
            .zip(checked.firsts())
            .zip(indices.chunks_exact_mut(LEAVES))
        {
            for (leaf, index) in tree.leaves.iter().zip(indices) {
                *index = leaf - first;
            }
        }
        let values = match Values::one(linked, &trees, &groups, slots) {
            Some(values) => values,
            None => Values::several(checked, &trees, slots),
        };
        let sets = checked.linked().sets.clone();
        Some(Self {
            segments,
            values,
            indices,
            sets,
        })
    }
}

impl<T: Number, M: Mask> Tree<T, M> {
    /// `None` if the tree has more than `max_leaves`, or a node that is used already.
    fn new(linked: &Linked<T>, root: u32, max_leaves: usize, used: &mut [bool]) -> Option<Self> {
        let mut tree = Self {
            branches: Vec::new(),
            leaves: Vec::new(),
        };
        let mut tasks = vec![Task::Node(root)];
        while let Some(task) = tasks.pop() {
            let position = match task {
                Task::Node(position) => position,
                Task::Second { branch, first_leaf } => {
                    tree.branches[branch].mask = M::without(first_leaf, tree.leaves.len());
                    continue;
                }
            };
            if std::mem::replace(&mut used[position as usize], true) {
                return None;
            }
            match linked.nodes[position as usize] {
                Node::Leaf(_) if tree.leaves.len() == max_leaves => return None,
                Node::Leaf(_) => tree.leaves.push(position),
                // A zero that is missing has no rank.
                Node::Branch {
                    missing: Missing::Zero,
                    ..
                } => return None,
                Node::Branch {
                    test,
                    missing: Missing::Nan,
                    missing_true,
                    feature,
                    true_child,
                    false_child,
                } => {
                    // A tree has one branch less than leaves.
                    if tree.branches.len() + 1 == max_leaves {
                        return None;
                    }
                    let question = Question::new(test, feature, missing_true, &linked.sets);
                    let (first, second) = if question.swapped {
                        (false_child, true_child)
                    } else {
                        (true_child, false_child)
                    };
                    tasks.extend([
                        Task::Node(second),
                        Task::Second {
                            branch: tree.branches.len(),
                            first_leaf: tree.leaves.len(),
                        },
                        Task::Node(first),
                    ]);
                    tree.branches.push(Branch {
                        question,
                        mask: M::ALL,
                    });
                }
            }
        }
        Some(tree)
    }
}

/// The trees in groups, each by its first tree and the one after its last.
fn groups<T, M>(trees: &[Tree<T, M>], lanes: usize) -> Vec<(usize, usize)> {
    let mut groups = Vec::new();
    let mut start = 0;
    let mut n_branches: HashMap<Key, usize> = HashMap::new();
    for (number, tree) in trees.iter().enumerate() {
        let count = |n_branches: &mut HashMap<Key, usize>| {
            let mut most = 0;
            for branch in &tree.branches {
                let n = n_branches.entry(branch.question.key).or_default();
                *n += 1;
                most = most.max(*n);
            }
            most
        };
        if number - start == lanes || count(&mut n_branches) > MAX_BRANCHES {
            groups.push((start, number));
            start = number;
            n_branches.clear();
            count(&mut n_branches);
        }
    }
    groups.push((start, trees.len()));
    groups
}

impl<T: Number, M: Mask, const LANES: usize> Segment<T, M, LANES> {
    fn new(
        trees: &[Tree<T, M>],
        groups: &[(usize, usize)],
        first_group: usize,
        sets: &[Categories],
        room: &mut Room,
    ) -> Option<Self> {
        let (first, last) = groups.first().zip(groups.last())?;
        let branches = trees[first.0..last.1]
            .iter()
            .flat_map(|tree| &tree.branches);
        let (planes, answers) = Planes::new(branches.map(|branch| &branch.question), sets, room)?;
        if planes.len() > MAX_PLANES {
            return None;
        }
        room.take::<[u8; GROUPS]>(planes.n_ranks())?;
        let mut segment = Self {
            ranks: vec![[0; GROUPS]; planes.n_ranks()],
            planes,
            groups: Vec::with_capacity(groups.len()),
            first_group,
        };
        let mut answers = answers.into_iter();
        for (start, end) in groups {
            let mut branches = Vec::new();
            for (lane, tree) in trees[*start..*end].iter().enumerate() {
                for (branch, (plane, rank)) in tree.branches.iter().zip(&mut answers) {
                    branches.push(Placed {
                        plane,
                        rank,
                        lane,
                        mask: branch.mask,
                        missing_first: branch.question.missing_first,
                        set: match branch.question.test {
                            Test::Member(set) => Some(set),
                            Test::Compare(..) => None,
                        },
                    });
                }
            }
            branches.sort_unstable_by_key(|branch| (branch.plane, branch.rank));
            segment.group(*start, end - start, &branches, sets, room)?;
        }
        Some(segment)
    }

    /// Adds a group by its branches, in the order of planes and ranks.
    fn group(
        &mut self,
        first_tree: usize,
        n_trees: usize,
        branches: &[Placed<M>],
        sets: &[Categories],
        room: &mut Room,
    ) -> Option<()> {
        let number = self.groups.len();
        let mut group = Group {
            first_tree,
            n_trees,
            planes: Vec::new(),
            wide_planes: Vec::new(),
            lines: Vec::new(),
            wide_ranks: Vec::new(),
        };
        for branches in branches.chunk_by(|a, b| a.plane == b.plane) {
            let plane = branches[0].plane;
            let first = group.lines.len() as u32;
            if let Some(categories) = self.planes.categories_of(plane) {
                let ranks = group.categories(branches, &categories, sets, room)?;
                let numbers = self.planes.ranks_of(plane);
                if group.lines.len() - first as usize > usize::from(u8::MAX) + 1 {
                    room.take::<u16>(ranks.len())?;
                    group.wide_planes.push(WideLines {
                        plane,
                        first_rank: numbers.start as u32,
                        ranks: group.wide_ranks.len() as u32,
                        first,
                    });
                    group.wide_ranks.extend(ranks);
                } else {
                    group.planes.push(Lines { plane, first });
                    for (of_plane, rank) in self.ranks[numbers].iter_mut().zip(ranks) {
                        of_plane[number] = rank as u8;
                    }
                }
                continue;
            }
            group.planes.push(Lines { plane, first });
            let mut line = [M::ALL; LANES];
            group.lines.push(line);
            let ranks = &mut self.ranks[self.planes.ranks_of(plane)];
            let mut last = 0;
            let mut equal = branches.chunk_by(|a, b| a.rank == b.rank).peekable();
            while let Some(branches) = equal.next() {
                for branch in branches {
                    branch.rule_out(&mut line);
                }
                group.lines.push(line);
                last += 1;
                // Up to the group's next threshold.
                let next = equal
                    .peek()
                    .map_or(ranks.len(), |next| next[0].rank as usize + 1);
                let between = &mut ranks[branches[0].rank as usize + 1..next];
                between.iter_mut().for_each(|ranks| ranks[number] = last);
            }
            if let Some(missing) = self.planes.missing_rank_of(plane) {
                self.ranks[missing][number] = match branches.iter().any(|b| b.missing_first) {
                    // As a value beyond all thresholds.
                    false => last,
                    true => {
                        let mut line = [M::ALL; LANES];
                        let goes_second = |branch: &&Placed<M>| !branch.missing_first;
                        branches
                            .iter()
                            .filter(goes_second)
                            .for_each(|branch| branch.rule_out(&mut line));
                        group.lines.push(line);
                        last + 1
                    }
                };
            }
        }
        self.groups.push(group);
        let group = &self.groups[number];
        let n_planes = group.planes.len() + group.wide_planes.len();
        (n_planes <= MAX_GROUP_PLANES).then_some(())
    }
}

impl<M: Mask, const LANES: usize> Group<M, LANES> {
    /// Adds the lines of a plane of categories, one of which has each of the plane's ranks. Returns the group's own
    /// ranks, that of missing values last. Equal lines are one: most categories are alike to a group's few branches.
    fn categories(
        &mut self,
        branches: &[Placed<M>],
        categories: &[usize],
        sets: &[Categories],
        room: &mut Room,
    ) -> Option<Vec<u16>> {
        let first = self.lines.len();
        let set_of = |branch: &Placed<M>| match branch.set {
            Some(set) => &sets[set as usize],
            None => unreachable!("a plane of categories has tests of membership"),
        };
        let mut classes = Classes::default();
        branches
            .iter()
            .for_each(|branch| classes.split(set_of(branch)));
        let mut places = HashMap::new();
        let mut place = |goes_second: &dyn Fn(&Placed<M>) -> bool| {
            let mut line = [M::ALL; LANES];
            let ruling = branches.iter().filter(|branch| goes_second(branch));
            ruling.for_each(|branch| branch.rule_out(&mut line));
            if let Some(rank) = places.get(&line) {
                return Some(*rank);
            }
            room.take::<[M; LANES]>(1)?;
            let rank = (self.lines.len() - first) as u16;
            self.lines.push(line);
            places.insert(line, rank);
            Some(rank)
        };
        let mut of_class = vec![None; classes.len()];
        let mut ranks = Vec::with_capacity(categories.len() + 1);
        for category in categories {
            let known = &mut of_class[classes.of(*category)];
            let rank = match *known {
                Some(rank) => rank,
                None => place(&|branch| !set_of(branch).has(*category))?,
            };
            *known = Some(rank);
            ranks.push(rank);
        }
        ranks.push(place(&|branch| !branch.missing_first)?);
        Some(ranks)
    }
}

impl<T: Number, const LANES: usize, const LEAVES: usize> Values<T, LANES, LEAVES> {
    /// If all leaves of each tree have one number for the same target.
    fn one<M>(
        linked: &Linked<T>,
        trees: &[Tree<T, M>],
        groups: &[(usize, usize)],
        slots: usize,
    ) -> Option<Self> {
        let mut targets = Vec::with_capacity(trees.len());
        let mut values = vec![[[T::ZERO; LEAVES]; LANES]; groups.len()];
        for ((start, end), values) in groups.iter().zip(&mut values) {
            for (tree, values) in trees[*start..*end].iter().zip(values) {
                let mut target_of_tree = None;
                for (position, value) in tree.leaves.iter().zip(values) {
                    let Node::Leaf(leaf) = linked.nodes[*position as usize] else {
                        unreachable!("the leaves of a tree are its leaves");
                    };
                    let [Weight { target, value: v }] = *linked.weights_of(leaf) else {
                        return None;
                    };
                    if *target_of_tree.get_or_insert(target) != target {
                        return None;
                    }
                    *value = v;
                }
                targets.push(target_of_tree?);
            }
        }
        if slots == 1 {
            targets = Vec::new();
        }
        Some(Self::One { values, targets })
    }

    fn several<M>(checked: &mut Checked<T>, trees: &[Tree<T, M>], slots: usize) -> Self {
        let mut ranges = vec![NO_WEIGHTS; trees.len() * LEAVES];
        for (tree, ranges) in trees.iter().zip(ranges.chunks_exact_mut(LEAVES)) {
            for (position, range) in tree.leaves.iter().zip(ranges) {
                if let Node::Leaf(leaf) = checked.linked().nodes[*position as usize] {
                    *range = leaf;
                }
            }
        }
        Self::Several(Leaves::new(ranges, checked.take_weights(), slots))
    }
}
