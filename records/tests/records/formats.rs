//! What is written in a format is read from it, for training and for serving.

use algorithm::{Absent, Features};
use proptest::prelude::*;
use records::training::{Options, Records};

use crate::{
    support::{labels, rows, serve, train},
    writers::{FORMS, Form, Table, name, table},
};

fn options(table: &Table, absent: Absent) -> Options {
    Options {
        csv_weights: table.weights.is_some(),
        absent,
        ..Options::default()
    }
}

/// Compares what was read with what was written; rows of weight 0 do not count.
fn check_records(
    records: &Records,
    table: &Table,
    form: Form,
    absent: Absent,
) -> Result<(), TestCaseError> {
    let weights = table.weights.clone();
    let weights = weights.unwrap_or_else(|| vec![1.0; table.rows.len()]);
    let counts: Vec<usize> = (0..table.rows.len())
        .filter(|row| weights[*row] > 0.0)
        .collect();
    let of_rows = |row: &usize| table.rows[*row].iter().map(|value| value.to_bits());
    let expected: Vec<u32> = counts.iter().flat_map(of_rows).collect();
    prop_assert_eq!(rows(records), expected, "{:?}", form);
    let expected: Vec<String> = counts.iter().map(|row| table.labels[*row].text()).collect();
    prop_assert_eq!(labels(records), expected, "{:?}", form);
    let weights: Vec<f32> = counts.iter().map(|row| weights[*row]).collect();
    let expected = table.weights.as_ref().map(|_| weights);
    prop_assert_eq!(&records.weights, &expected, "{:?}", form);
    let n_weightless = (table.rows.len() - counts.len()) as u64;
    prop_assert_eq!(records.n_weightless, n_weightless);
    let missing = records.values.iter().filter(|value| value.is_nan());
    prop_assert_eq!(records.n_missing, missing.count() as u64, "{:?}", form);
    prop_assert_eq!(
        records.absent,
        form.is_sparse().then_some(absent),
        "{:?}",
        form
    );
    let mut names: Vec<String> = records.columns.features.names().to_vec();
    if form == Form::NamedRecordIo {
        names.sort();
    }
    let expected = (0..table.n_features())
        .filter(|_| form.is_named())
        .map(name);
    prop_assert_eq!(names, expected.collect::<Vec<_>>(), "{:?}", form);
    Ok(())
}

/// The columns of a map of features are in the order of its first record, which is any.
fn in_order_of(table: &Table, records: &Records) -> Table {
    let names = records.columns.features.names();
    if names.is_empty() {
        return table.clone();
    }
    let own: Vec<String> = (0..table.n_features()).map(name).collect();
    let column = |name: &String| own.iter().position(|own| own == name).unwrap();
    let order: Vec<usize> = names.iter().map(column).collect();
    let reordered = |row: &Vec<f32>| order.iter().map(|column| row[*column]).collect();
    Table {
        rows: table.rows.iter().map(reordered).collect(),
        ..table.clone()
    }
}

fn check(table: &Table, form: Form, absent: Absent) -> Result<(), TestCaseError> {
    let options = options(table, absent);
    let file = table.write(form, absent, true);
    let read = |options: &Options| {
        let records = train(form.content_type(), &[("training/a", &file)], options);
        records.unwrap_or_else(|error| panic!("{form:?}: {error}: {file:02x?}"))
    };
    let records = read(&options);
    let reordered = in_order_of(table, &records);
    check_records(&records, &reordered, form, absent)?;

    // Neither the size of blocks nor the number of threads matters.
    for (block_bytes, threads) in [(1, 1), (7, 3), (1 << 20, 1)] {
        let other = read(&Options {
            block_bytes,
            threads: Some(threads),
            ..options.clone()
        });
        let bits = |records: &Records| {
            let values = records.values.iter().map(|value| value.to_bits());
            values.collect::<Vec<u32>>()
        };
        prop_assert_eq!(bits(&other), bits(&records));
        let plain = |records: &Records| Records {
            values: Vec::new(),
            ..records.clone()
        };
        prop_assert_eq!(plain(&other), plain(&records));
    }

    // The model has the columns of training.
    let body = table.write(form, absent, false);
    let features = if records.columns.features.names().is_empty() {
        Features::unnamed(table.n_features())
    } else {
        records.columns.features.clone()
    };
    let served = serve(form.content_type(), &body, features, absent);
    let served = served.unwrap_or_else(|error| panic!("{form:?}: {error}"));
    let expected = reordered.rows.concat();
    let expected: Vec<u32> = expected.iter().map(|value| value.to_bits()).collect();
    prop_assert_eq!(served, expected, "{:?}", form);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(integers in table(false), texts in table(true)) {
        for form in FORMS {
            for absent in [Absent::Zero, Absent::Missing] {
                check(&integers, form, absent)?;
                if !form.is_numeric() {
                    check(&texts, form, absent)?;
                }
            }
        }
    }

    /// Files in a row are one table.
    #[test]
    fn files_are_read_one_after_another(table in table(false), cut in 0_usize..9) {
        for form in FORMS {
            let cut = cut % table.rows.len();
            let part = |from: usize, to: usize| Table {
                rows: table.rows[from..to].to_vec(),
                labels: table.labels[from..to].to_vec(),
                weights: table.weights.as_ref().map(|weights| weights[from..to].to_vec()),
            };
            let parts = [(0, cut), (cut, table.rows.len())];
            let parts = parts.iter().filter(|(from, to)| from < to);
            let files: Vec<Vec<u8>> = parts
                .map(|(from, to)| part(*from, *to).write(form, Absent::Zero, true))
                .collect();
            let files: Vec<(&str, &[u8])> = files.iter().map(|file| ("training/a", file.as_slice())).collect();
            let options = options(&table, Absent::Zero);
            let records = train(form.content_type(), &files, &options);
            let records = records.unwrap_or_else(|error| panic!("{form:?}: {error}"));
            check_records(&records, &in_order_of(&table, &records), form, Absent::Zero)?;
        }
    }
}
