//! A file's first record: how many columns there are, and whether it names them.

use algorithm::Task;

use super::{
    field::{End, field, number},
    parse::{Layout, blank_line_end, describe},
    problem::{Problem, quoted},
};

/// Whether the first line of each file names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// It does if no field, the label's apart, is a number or empty.
    #[default]
    Auto,
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// What the beginning of a file says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FirstLine {
    pub(crate) width: usize,
    /// Counted from 1.
    pub(crate) line: u64,
    /// If there is a header: the names of all columns, and the position of the first record.
    pub(crate) header: Option<(Vec<String>, usize)>,
    /// Lines before the records.
    pub(crate) lines: u64,
}

/// Reads the first record of a file's first block; `None` if all lines are blank.
pub(crate) fn first_line(
    block: &[u8],
    header: Header,
    task: Task,
) -> Result<Option<FirstLine>, Problem> {
    let mut position = 0;
    let mut line = 1;
    while let Some(next) = blank_line_end(block, position) {
        if next >= block.len() {
            return Ok(None);
        }
        position = next;
        line += 1;
    }
    let mut fields = Vec::new();
    let mut lines = line;
    loop {
        let column = fields.len() + 1;
        let field = field(block, position)
            .map_err(|malformed| Problem::new(line, column, describe(malformed)))?;
        position = field.next;
        lines += field.line_ends;
        fields.push(field.text);
        if field.end == End::Record {
            break;
        }
    }
    let is_header = match header {
        Header::Yes => true,
        Header::No => false,
        Header::Auto => {
            let mut features = fields.iter().skip(label_columns(task)).peekable();
            features.peek().is_some() && features.all(|field| is_name(field))
        }
    };
    let width = fields.len();
    if width <= label_columns(task) {
        let found = fields.first().map_or(&[][..], |field| field);
        let what = format!(
            "found one column, {}, expected a label and at least one feature, separated by commas",
            quoted(found)
        );
        return Err(Problem::new(line, 1, what));
    }
    let names = fields
        .iter()
        .map(|field| String::from_utf8_lossy(field).into_owned());
    Ok(Some(FirstLine {
        width,
        line,
        header: is_header.then(|| (names.collect(), position.min(block.len()))),
        lines: if is_header { lines } else { 0 },
    }))
}

impl FirstLine {
    /// The layout that this line gives to the whole channel.
    pub(crate) fn layout(&self, task: Task, weighted: bool) -> Result<Layout, Problem> {
        let leading = label_columns(task) + usize::from(weighted);
        let Some(n_features) = self.width.checked_sub(leading).filter(|n| *n > 0) else {
            let label = match task {
                Task::Classes | Task::Numbers => "a label, ",
                Task::Unlabelled => "",
            };
            let what = format!(
                "found {} columns, expected {label}a weight (csv_weights=1) and at least one feature",
                self.width
            );
            return Err(Problem::new(self.line, self.width, what));
        };
        Ok(Layout {
            task,
            n_features,
            weighted,
            given_by: String::new(),
        })
    }
}

/// Columns of a record that hold what is to be learnt.
pub(crate) fn label_columns(task: Task) -> usize {
    match task {
        Task::Classes | Task::Numbers => 1,
        Task::Unlabelled => 0,
    }
}

/// Whether a field can name a column: neither a number, however unusable, nor empty.
fn is_name(field: &[u8]) -> bool {
    number(field).is_none() && fast_float2::parse::<f64, _>(field).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_header(line: &str) -> bool {
        let first = first_line(line.as_bytes(), Header::Auto, Task::Classes)
            .unwrap()
            .unwrap();
        first.header.is_some()
    }

    #[test]
    fn a_header_has_no_number_and_no_empty_field_behind_the_label() {
        assert!(is_header("species,length,width\na,1,2\n"));
        assert!(is_header("0,length,width\n"));
        assert!(is_header("\"species\",\"length, cm\",\"width\"\n"));
        for line in [
            "a,1,2",
            "a,length,2",
            "a,length,",
            "a,length,nan",
            "a,x,inf",
            "a,x,1e400",
        ] {
            assert!(!is_header(line), "{line}");
        }
    }

    #[test]
    fn records_begin_behind_blank_lines_and_header() {
        let text = "\r\n \nlabel,\"two\nlines\"\r\na,1\n";
        let first = first_line(text.as_bytes(), Header::Auto, Task::Classes)
            .unwrap()
            .unwrap();
        let (names, start) = first.header.unwrap();
        assert_eq!(names, ["label", "two\nlines"]);
        assert_eq!(&text[start..], "a,1\n");
        assert_eq!((first.line, first.lines), (3, 4));
    }
}
