//! The names of the features among the instructions of a pickle.

use super::{
    instruction::{Container, Instruction, Scanner},
    unescape, utf8,
};

/// Looks for the list of texts that follows the key `feature_names`. Only counts them, since a hostile file may
/// have a text in every two bytes. Gives up on everything else that may stand there: names are wanted, not needed.
#[derive(Default)]
pub(super) struct Names<'a> {
    state: State,
    /// What follows the beginning of the list.
    list: Option<Scanner<'a>>,
    count: usize,
    /// Texts since the last item was added. Without a mark it may be the dictionary's next key.
    pushed: usize,
    has_mark: bool,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    /// The key has not come.
    #[default]
    Before,
    /// It has just come.
    Key,
    /// The list has begun.
    List,
    After,
}

impl<'a> Names<'a> {
    /// Takes the next instruction, and the scanner as it stands after it.
    pub(super) fn take(&mut self, instruction: Instruction<'a>, scanner: &Scanner<'a>) {
        if matches!(instruction, Instruction::Note) {
            return;
        }
        match self.state {
            State::Before | State::Key => {
                self.state = match instruction {
                    Instruction::Text(b"feature_names")
                    | Instruction::EscapedText(b"feature_names") => State::Key,
                    // Protocol 0 has a mark before its list.
                    Instruction::Mark => self.state,
                    Instruction::Container(Container::List) if self.state == State::Key => {
                        self.list = Some(scanner.clone());
                        State::List
                    }
                    _ => State::Before,
                };
            }
            State::List => self.item(instruction),
            State::After => {}
        }
    }

    fn item(&mut self, instruction: Instruction<'_>) {
        match instruction {
            Instruction::Text(_) | Instruction::EscapedText(_)
                if self.has_mark || self.pushed == 0 =>
            {
                self.pushed += 1;
            }
            Instruction::Mark if self.pushed == 0 && !self.has_mark => self.has_mark = true,
            Instruction::Append if !self.has_mark && self.pushed == 1 => self.add(),
            Instruction::Appends if self.has_mark => self.add(),
            _ => {
                self.state = State::After;
                // An item that is no text.
                if self.has_mark {
                    self.count = 0;
                }
            }
        }
    }

    fn add(&mut self) {
        self.count += self.pushed;
        self.pushed = 0;
        self.has_mark = false;
    }

    /// The names if there are as many as features, else none. Those that XGBoost itself gives to columns without
    /// names do not count.
    pub(super) fn of_features(self, n_features: usize) -> Vec<String> {
        let names = match self.list {
            Some(mut list) if self.count == n_features => collect(&mut list, self.count),
            _ => None,
        };
        let names = names.unwrap_or_default();
        let is_own = |(column, name): (usize, &String)| *name == format!("f{column}");
        match names.iter().enumerate().all(is_own) {
            true => Vec::new(),
            false => names,
        }
    }
}

/// The next texts; `None` if they are not well-formed.
fn collect(scanner: &mut Scanner<'_>, count: usize) -> Option<Vec<String>> {
    let mut names = Vec::with_capacity(count);
    while names.len() < count {
        match scanner.next().ok()? {
            Instruction::Text(text) => names.push(utf8(text).ok()?.into_owned()),
            Instruction::EscapedText(text) => names.push(unescape(text).ok()?),
            _ => {}
        }
    }
    Some(names)
}
