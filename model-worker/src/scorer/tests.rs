use super::*;
use crate::testing::{classifier, explained, labels, wide};

fn scorer(threads: usize) -> Scorer {
    let scorer = Scorer::new(Box::new(classifier(labels())), "text/csv", None).unwrap();
    scorer.with_threads(threads)
}

static WAITED_FOR: Cancellation = Cancellation::new();

fn request<'a>(content_type: &'a str, accept: &'a str, body: &'a [u8]) -> Request<'a> {
    Request {
        content_type,
        content_encoding: "",
        accept,
        custom_attributes: "",
        body,
        cancellation: &WAITED_FOR,
    }
}

/// The answer, which is the same from one thread and from several.
fn answer(content_type: &str, accept: Format, body: &str) -> Result<Vec<u8>, Refusal> {
    let accept = Format::list(&[accept]);
    let request = request(content_type, &accept, body.as_bytes());
    let alone = scorer(1).handle(request);
    assert!(
        alone == scorer(3).handle(request),
        "{content_type}, {accept}"
    );
    alone.map(|answer| answer.body)
}

#[test]
fn several_threads_answer_as_one_does() {
    const ROWS: usize = 60_000;
    let rows = |line: fn(usize) -> String| (0..ROWS).map(line).collect::<String>();
    let csv = rows(|i| {
        format!(
            "{},{}.25{}",
            i % 2,
            i,
            if i % 7 == 0 { "\r\n" } else { "\n" }
        )
    });
    let payloads = [
        ("text/csv", csv.clone()),
        ("text/csv", format!("\u{feff}width,length\n\n{csv}\n\n")),
        ("text/csv; header=absent", csv.replace('\r', "\n")),
        (
            "application/jsonlines",
            rows(|i| format!("[{},{i}]\n", i % 2)),
        ),
        ("text/libsvm", rows(|i| format!("1 0:{} 1:{i}\n", i % 2))),
        (
            "application/json",
            format!("[{}[0,1]]", rows(|i| format!("[{},{i}],\n", i % 2))),
        ),
    ];
    for (content_type, body) in payloads {
        assert!(body.len() > 2 * PART_BYTES);
        for accept in Format::ENCODED {
            assert!(answer(content_type, *accept, &body).is_ok());
        }
    }
}

#[test]
fn a_fault_far_down_is_named_with_the_number_of_its_row() {
    const BEFORE: usize = 200_000;
    let good = "0.5,9\n".repeat(BEFORE);
    let text = |content_type, body: &str| match answer(content_type, Format::Csv, body) {
        Err(Refusal::BadPayload(line)) => line,
        other => panic!("{other:?}"),
    };
    let expected = "expected a finite decimal number or nothing";
    assert_eq!(
        text("text/csv", &format!("a,b\n{good}1,x\n{good}")),
        format!("row 200001, column 2: found \"x\", {expected}")
    );
    // After the first line a header is a fault, and so is a byte order mark.
    assert_eq!(
        text("text/csv; header=present", &format!("{good}a,b\n{good}")),
        format!("row 200000, column 1: found \"a\", {expected}")
    );
    assert_eq!(
        text(
            "text/csv",
            &format!("{good}\u{feff}1,2\n{}", "\u{feff}1,2\n".repeat(BEFORE))
        ),
        format!("row 200001, column 1: found \"\u{feff}1\", {expected}")
    );
    assert_eq!(
        text("text/csv", &format!("a,b\n{}", "\n".repeat(4 * PART_BYTES))),
        "the payload is a header line only (\"a,b\"), expected rows of numbers after it"
    );
    let empty = "\n".repeat(4 * PART_BYTES);
    assert_eq!(
        text("text/csv", &empty),
        "the payload is empty, expected at least one row"
    );
    // Blank lines do not matter, however many.
    let body = format!("a,b\n{empty}1,2\n{empty}");
    assert_eq!(answer("text/csv", Format::Csv, &body), Ok(b"c\n".to_vec()));
}

#[test]
fn quick_payloads_are_small_in_bytes_and_in_cells() {
    let scorer = |predictor| Scorer::new(Box::new(predictor), "text/csv", None).unwrap();
    let is_quick = |scorer: &Scorer, content_type, body: &str| {
        scorer.is_quick(request(content_type, "", body.as_bytes()))
    };
    let sparse = scorer(wide(20_000, 2));
    assert!(is_quick(&sparse, "text/libsvm", "0 1:2\n"));
    assert!(!is_quick(&sparse, "text/libsvm", &"0\n".repeat(16_000)));
    let row = vec!["1"; 10_000].join(",");
    assert!(is_quick(&scorer(wide(10_000, 2)), "text/csv", &row));
    assert!(is_quick(
        &scorer(wide(10_000, 2)),
        "application/json",
        &format!("[{row}]")
    ));
    let many_classes = scorer(wide(1, 1000));
    assert!(is_quick(&many_classes, "text/csv", &"1\n".repeat(30)));
    assert!(!is_quick(&many_classes, "text/csv", &"1\n".repeat(40)));
    let small = scorer(wide(24, 3));
    let rows = (["0.25"; 24].join(",") + "\n").repeat(200);
    assert!(rows.len() < QUICK_BYTES && is_quick(&small, "text/csv", &rows));
    assert!(!is_quick(&small, "text/csv", &rows.repeat(2)));
}

#[test]
fn contributions_and_many_leaves_are_not_quick() {
    let mut predictor = explained(1);
    predictor.signature.leaves = 1000;
    let scorer = Scorer::new(Box::new(predictor), "text/csv", None).unwrap();
    let is_quick = |custom_attributes, n_rows| {
        let body = "1,2\n".repeat(n_rows);
        scorer.is_quick(Request {
            custom_attributes,
            ..request("text/csv", "", body.as_bytes())
        })
    };
    assert!(is_quick("", 15));
    assert!(!is_quick("output=contributions", 1));
    assert!(is_quick("output=leaf", 15));
    assert!(!is_quick("output=leaf", 40));
    // Refused at once.
    assert!(is_quick("output=contribution", 1));
    let by_default = Scorer::new(Box::new(explained(1)), "text/csv", Some("contributions"));
    assert!(
        !by_default
            .unwrap()
            .is_quick(request("text/csv", "", b"1,2\n"))
    );
}

#[test]
fn several_threads_explain_as_one_does() {
    let request = |body| Request {
        custom_attributes: "output=contributions,leaf",
        ..request("text/csv", "application/json", body)
    };
    let body = "1,2\n0,3\n".repeat(EXPLAINED_PART_BYTES);
    let [one, three] = [1, 3].map(|threads| {
        let scorer = Scorer {
            threads: Threads::new(threads),
            ..Scorer::new(Box::new(explained(2)), "text/csv", None).unwrap()
        };
        scorer.handle(request(body.as_bytes()))
    });
    assert!(one.is_ok() && one == three);
}

#[test]
fn a_cancelled_payload_is_not_scored() {
    let cancellation = Cancellation::new();
    cancellation.cancel();
    let request = Request {
        cancellation: &cancellation,
        ..request("text/csv", "", b"1,2\n")
    };
    assert_eq!(scorer(1).handle(request), Err(Refusal::Cancelled));
}

#[test]
fn a_row_that_can_not_be_explained_is_the_predictors_fault() {
    for n_threads in [1, 3] {
        let body = format!("{}13,2\n", "1,2\n".repeat(PART_BYTES));
        let request = Request {
            custom_attributes: "output=path",
            ..request("text/csv", "", body.as_bytes())
        };
        let refusal = Refusal::Internal("13 can't be explained".to_owned());
        assert_eq!(scorer(n_threads).handle(request), Err(refusal));
    }
}

#[test]
fn a_model_without_features_or_outputs_is_not_served() {
    for (predictor, line) in [
        (
            wide(0, 2),
            "the model has 0 features and 2 outputs, expected at least one of each",
        ),
        (
            wide(1, 0),
            "the model has 1 features and 0 outputs, expected at least one of each",
        ),
    ] {
        let error = Scorer::new(Box::new(predictor), "text/csv", None)
            .err()
            .unwrap();
        assert_eq!(error.to_string(), line);
    }
}
