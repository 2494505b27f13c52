use algorithm::{
    Absent, Answer, Cancellation, Features, Handler, Labels, Refusal, Request, Signature, Values,
};

use super::*;
use crate::{
    scorer::Scorer,
    testing::{Log, Toy},
};

static WAITED_FOR: Cancellation = Cancellation::new();

/// A model of these features whose values are the first ones of its row, or what `values` makes of them.
fn model(
    n_features: usize,
    objective: &str,
    n_classes: usize,
    values: fn(&[f32]) -> Vec<f32>,
) -> Toy {
    let features = Features::unnamed(n_features);
    let signature = match n_classes {
        0 => Signature::regressor(features, 1),
        n => Signature::classifier(features, Labels::Integers((0..n as i64).collect())),
    };
    let signature = Signature {
        objective: Some(objective.to_owned()),
        absent: Absent::Missing,
        values: Values::Probabilities,
        ..signature
    };
    Toy::new(signature, move |rows, scores, signature| {
        scores.resize(rows.len() / n_features, signature);
        let width = signature.width();
        for (scores, row) in scores
            .values_mut()
            .chunks_exact_mut(width)
            .zip(rows.chunks_exact(n_features))
        {
            scores.copy_from_slice(&values(row)[..width]);
        }
        if signature.labels().is_some() {
            scores.choose_labels(signature);
        }
        Ok(())
    })
}

/// The prediction is the first feature.
fn of_objective(objective: &str) -> Toy {
    match objective {
        "binary:logistic" | "binary:hinge" => {
            model(1, objective, 2, |row| vec![1.0 - row[0], row[0]])
        }
        "binary:logitraw" => model(1, objective, 2, |row| vec![-row[0], row[0]]),
        "multi:softmax" => model(1, objective, 3, |row| {
            (0..3)
                .map(|class| f32::from(row[0] == class as f32))
                .collect()
        }),
        "multi:softprob" => model(3, objective, 3, <[f32]>::to_vec),
        _ => model(1, objective, 0, <[f32]>::to_vec),
    }
}

struct Server<'a> {
    objective: &'a str,
    keys: Option<&'a str>,
    is_batch: bool,
}

impl Server<'_> {
    fn scorer(&self) -> Scorer {
        let model = Box::new(of_objective(self.objective));
        Scorer::like_xgboost_container(model, "text/csv", self.keys, self.is_batch).unwrap()
    }

    fn answer(&self, accept: &str, csv: &str) -> Answer {
        ask(&self.scorer(), "text/csv", accept, csv.as_bytes()).unwrap()
    }

    /// The same as text.
    fn text(&self, accept: &str, csv: &str) -> String {
        String::from_utf8(self.answer(accept, csv).body).unwrap()
    }
}

fn plain(objective: &str) -> Server<'_> {
    Server {
        objective,
        keys: None,
        is_batch: false,
    }
}

fn selected<'a>(objective: &'a str, keys: &'a str) -> Server<'a> {
    Server {
        keys: Some(keys),
        ..plain(objective)
    }
}

fn ask(scorer: &Scorer, content_type: &str, accept: &str, body: &[u8]) -> Result<Answer, Refusal> {
    scorer.handle(Request {
        content_type,
        content_encoding: "",
        accept,
        custom_attributes: "",
        body,
        cancellation: &WAITED_FOR,
    })
}

const TWO: &str = "0.7750635\n0.22493647\n";
const THREE: &str = "0.18664311,0.6009372,0.21241976";

#[test]
fn the_file_or_the_setting_switches_it_on() {
    let is_meant =
        |setting, name: &str| Dialect::is_meant(setting, &[PathBuf::from("/m").join(name)]);
    for (name, is_on) in [
        ("xgboost-model", true),
        ("xgboost-model-0", true),
        ("xgboost-model-14", true),
        ("xgboost-model-", false),
        ("xgboost-model-a", false),
        ("xgboost-model.json", false),
        ("model.bin", false),
    ] {
        assert_eq!(is_meant(None, name), is_on, "{name}");
        assert!(is_meant(Some(settings::Dialect::SagemakerXgboost), name));
        assert!(!is_meant(Some(settings::Dialect::Native), name));
    }
}

#[test]
fn a_prediction_alone() {
    for (accept, text) in [
        ("text/csv", "0.7750635147094727\n0.22493647038936615\n"),
        (
            "application/json",
            r#"{"predictions": [{"score": 0.7750635147094727}, {"score": 0.22493647038936615}]}"#,
        ),
        (
            "application/jsonlines",
            "{\"score\": 0.7750635147094727}\n{\"score\": 0.22493647038936615}\n",
        ),
    ] {
        assert_eq!(plain("binary:logistic").text(accept, TWO), text);
        assert_eq!(plain("reg:squarederror").text(accept, TWO), text);
    }
    for (accept, text) in [
        (
            "text/csv",
            "0.1866431087255478,0.6009371876716614,0.2124197632074356\n",
        ),
        (
            "application/json",
            r#"{"predictions": [{"score": [0.1866431087255478, 0.6009371876716614, 0.2124197632074356]}]}"#,
        ),
    ] {
        assert_eq!(plain("multi:softprob").text(accept, THREE), text);
    }
    assert_eq!(
        plain("multi:softmax").text("text/csv", "2\n0"),
        "2.0\n0.0\n"
    );
    assert_eq!(plain("binary:hinge").text("text/csv", "1\n0"), "1.0\n0.0\n");
    // Two of three models of an ensemble say 0: the mean of their values is no answer.
    assert_eq!(plain("binary:hinge").text("text/csv", "0.333"), "0.0\n");
    assert_eq!(
        plain("multi:softprob").text("text/csv", "0.25|0.5|0.25"),
        "0.25,0.5,0.25\n"
    );
    assert_eq!(
        plain("binary:logitraw").text("text/csv", "-2.5\n1e-5"),
        "-2.5\n9.999999747378752e-06\n"
    );
    let json = plain("reg:squarederror").text("application/json", "\n1\n\n1");
    assert_eq!(
        json,
        r#"{"predictions": [{"score": 1.0}, {"score": null}, {"score": 1.0}]}"#
    );
}

#[test]
fn content_types_are_those_of_flask() {
    for (accept, content_type) in [
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/json", "application/json"),
        ("application/jsonlines", "application/jsonlines"),
        (
            "application/x-recordio-protobuf",
            "application/x-recordio-protobuf",
        ),
        ("", "text/csv; charset=utf-8"),
        ("*/*", "text/csv; charset=utf-8"),
        ("text/*", "text/csv; charset=utf-8"),
        ("Application/JSON; verbose=true", "application/json"),
        ("image/png, application/json", "application/json"),
    ] {
        for is_batch in [false, true] {
            let server = Server {
                is_batch,
                ..plain("binary:logistic")
            };
            assert_eq!(
                server.answer(accept, "1").content_type,
                content_type,
                "{accept}"
            );
        }
    }
}

#[test]
fn a_batch_transform_job_gets_lines_whatever_it_accepts() {
    for accept in [
        "text/csv",
        "application/json",
        "application/jsonlines",
        "application/x-recordio-protobuf",
    ] {
        let server = |objective| Server {
            is_batch: true,
            ..plain(objective)
        };
        assert_eq!(
            server("binary:logistic").text(accept, TWO),
            "0.7750635147094727\n0.22493647038936615\n"
        );
        assert_eq!(
            server("multi:softprob").text(accept, THREE),
            "[0.1866431087255478, 0.6009371876716614, 0.2124197632074356]\n"
        );
    }
    let server = Server {
        is_batch: true,
        ..selected("binary:logistic", "predicted_label")
    };
    assert_eq!(server.text("text/csv", TWO), "1\n0\n");
    assert_eq!(
        server.text("application/json", "1"),
        r#"{"predictions": [{"predicted_label": 1}]}"#
    );
}

/// Every key of every objective; `predicted_score` is nan for classifiers.
#[test]
fn keys_by_objective() {
    let keys =
        "predicted_label,labels,probability,probabilities,raw_score,raw_scores,predicted_score,foo";
    let p = "0.7750635147094727";
    let both = r#""[0.22493648529052734, 0.7750635147094727]""#;
    let all = r#""[0.1866431087255478, 0.6009371876716614, 0.2124197632074356]""#;
    for (objective, row, line) in [
        (
            "binary:logistic",
            "0.7750635",
            format!("1,\"[0, 1]\",{p},{both},{p},{both},nan,nan"),
        ),
        (
            "binary:logistic",
            "0.5",
            "0,\"[0, 1]\",0.5,\"[0.5, 0.5]\",0.5,\"[0.5, 0.5]\",nan,nan".to_owned(),
        ),
        (
            "binary:logitraw",
            "-2.5",
            "0,\"[0, 1]\",nan,nan,-2.5,\"[3.5, -2.5]\",nan,nan".to_owned(),
        ),
        (
            "binary:hinge",
            "1",
            "1.0,\"[0, 1]\",nan,nan,1.0,\"[0.0, 1.0]\",nan,nan".to_owned(),
        ),
        (
            "multi:softmax",
            "2",
            "2.0,\"[0, 1, 2]\",nan,nan,2.0,\"[-1.0, 2.0]\",nan,nan".to_owned(),
        ),
        (
            "multi:softprob",
            THREE,
            format!("1,\"[0, 1, 2]\",0.6009371876716614,{all},0.6009371876716614,{all},nan,nan"),
        ),
        (
            "reg:squarederror",
            "2.5",
            "nan,nan,nan,nan,nan,nan,2.5,nan".to_owned(),
        ),
        (
            "count:poisson",
            "2.5",
            "nan,nan,nan,nan,nan,nan,2.5,nan".to_owned(),
        ),
        (
            "rank:pairwise",
            "-1",
            "nan,nan,nan,nan,nan,nan,-1.0,nan".to_owned(),
        ),
    ] {
        assert_eq!(
            selected(objective, keys).text("text/csv", row),
            line,
            "{objective}"
        );
    }
}

#[test]
fn lines_have_the_order_asked_for_and_objects_that_of_the_keys() {
    let server = selected(
        "binary:logistic",
        "Probabilities, foo,predicted_label,\"x\",foo",
    );
    let both = "[0.22493648529052734, 0.7750635147094727]";
    assert_eq!(
        server.text("text/csv", "0.7750635\n0.5"),
        format!("\"{both}\",nan,1,nan,nan\n\"[0.5, 0.5]\",nan,0,nan,nan")
    );
    let object =
        format!(r#"{{"predicted_label": 1, "probabilities": {both}, "foo": null, "\"x\"": null}}"#);
    assert_eq!(
        server.text("application/json", "0.7750635"),
        format!(r#"{{"predictions": [{object}]}}"#)
    );
    let lines = server.text("application/jsonlines", "0.7750635\n0.7750635");
    assert_eq!(lines, format!("{object}\n{object}\n"));
    let two = server.text("application/json", "0.7750635\n0.7750635");
    assert_eq!(two, format!(r#"{{"predictions": [{object}, {object}]}}"#));
}

#[test]
fn records_hold_float32_labels_by_key() {
    let accept = "application/x-recordio-protobuf";
    let one = selected("binary:logistic", "predicted_label")
        .answer(accept, "1\n1")
        .body;
    let record = [
        b"\x0a\x23\xd7\xce\x1d\0\0\0\x12\x1b\x0a\x0fpredicted_label".as_slice(),
        b"\x12\x08\x12\x06\x0a\x04\0\0\x80\x3f\0\0\0",
    ];
    // Each record is alone, not with those before it.
    assert_eq!(one, [record.concat(), record.concat()].concat());

    let decode = |body: &[u8]| {
        let length = u32::from_le_bytes(body[4..8].try_into().unwrap()) as usize;
        assert_eq!(body.len(), 8 + length.next_multiple_of(4));
        let record: proto::recordio::Record = prost::Message::decode(&body[8..8 + length]).unwrap();
        let mut label: Vec<_> = record.label.into_iter().collect();
        label.sort_by(|a, b| a.0.cmp(&b.0));
        label
            .into_iter()
            .map(|(key, value)| match value.value {
                Some(proto::recordio::value::Value::Float32Tensor(tensor)) => (key, tensor.values),
                other => panic!("{other:?}"),
            })
            .collect::<Vec<_>>()
    };
    let several = selected("multi:softprob", "labels,probabilities,raw_score");
    assert_eq!(
        decode(&several.answer(accept, "0.25,0.5,0.25").body),
        [
            ("labels".to_owned(), vec![0.0, 1.0, 2.0]),
            ("probabilities".to_owned(), vec![0.25, 0.5, 0.25]),
            ("raw_score".to_owned(), vec![0.5]),
        ]
    );
    let lacking = selected("binary:hinge", "probability")
        .answer(accept, "1")
        .body;
    assert!(decode(&lacking)[0].1[0].is_nan());
    let score = plain("binary:logistic").answer(accept, "0.5").body;
    assert_eq!(decode(&score), [("score".to_owned(), vec![0.5])]);
}

#[test]
fn several_threads_answer_as_one_does() {
    let csv: String = (0..60_000).map(|i| format!("0.{i:05}1\n")).collect();
    for server in [
        plain("binary:logistic"),
        selected("binary:logistic", "probability,labels"),
    ] {
        for accept in ENCODED.iter().map(|format| format.names()[0]) {
            let [alone, together] = [1, 3].map(|threads| {
                let scorer = server.scorer().with_threads(threads);
                ask(&scorer, "text/csv", accept, csv.as_bytes()).unwrap()
            });
            assert!(alone == together, "{accept}");
        }
    }
}

#[test]
fn payloads_come_in_three_formats_by_many_names() {
    let scorer = plain("reg:squarederror").scorer();
    let dense = b"\x0a\x23\xd7\xce\x0e\0\0\0\x0a\x0c\x0a\x06values\x12\x02:\0\0\0";
    assert!(ask(&scorer, "recordio-protobuf", "", dense).is_err());
    let dense = b"\x0a\x23\xd7\xce\x11\0\0\0\x0a\x0f\x0a\x06values\x12\x05:\x03\x0a\x01\x2a\0\0\0";
    for (content_type, body) in [
        ("csv", &b"42"[..]),
        ("text/csv", b" 42.0 \r\n"),
        ("Text/CSV", b"42"),
        // The first column is a feature, whatever the parameter says.
        ("text/csv; label_size=1", b"42"),
        ("text/csv;label_size = 1", b"42"),
        ("text/csv; label_size=1; charset=utf-8", b"42"),
        ("libsvm", b"0:42"),
        ("text/libsvm", b"7 0:42\n"),
        ("TEXT/x-libsvm", b"7 0:42 785:1"),
        ("text/libsvm; charset=utf-8", b"\n0:42\n"),
        ("text/libsvm; indexing_mode=1", b"7 1:42"),
        ("", b"7 0:42"),
        ("recordio-protobuf", dense),
        ("application/x-recordio-protobuf", dense),
    ] {
        let answer = ask(&scorer, content_type, "", body).unwrap();
        assert_eq!(answer.body, b"42.0\n", "{content_type}");
    }
}

#[test]
fn fields_are_separated_by_what_the_first_line_has() {
    let scorer = plain("multi:softprob").scorer();
    for body in [
        "0.5,0.25,1",
        "0.5\t0.25\t1",
        "0.5;0.25;1",
        "0.5 0.25 1",
        "0.5:0.25:1",
        "0.5, 0.25, 1",
        "\n0.5,0.25,1\r\n",
    ] {
        let answer = ask(&scorer, "text/csv", "", body.as_bytes()).unwrap();
        assert_eq!(answer.body, b"0.5,0.25,1.0\n", "{body}");
    }
    let answer = ask(&scorer, "text/csv", "", b"0.5\t\t1\n0.5\t0.25\t1").unwrap();
    assert_eq!(answer.body, b"0.5,nan,1.0\n0.5,0.25,1.0\n");
}

#[test]
fn what_a_payload_lacks_is_missing() {
    let scorer = plain("multi:softprob").scorer();
    for (content_type, body, text) in [
        ("text/csv", "0.5,0.25", "0.5,0.25,nan\n"),
        (
            "text/csv",
            "0.5\n\n1",
            "0.5,nan,nan\nnan,nan,nan\n1.0,nan,nan\n",
        ),
        ("libsvm", "3 1:0.5\n2", "nan,0.5,nan\nnan,nan,nan\n"),
    ] {
        let answer = ask(&scorer, content_type, "", body.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(answer.body).unwrap(), text, "{body}");
    }
}

#[test]
fn nothing_is_answered_with_nothing() {
    let scorer = plain("reg:squarederror").scorer();
    for (content_type, body) in [
        ("text/csv", &b""[..]),
        ("text/libsvm", b""),
        ("application/x-recordio-protobuf", b""),
        ("image/png", b""),
        ("", b""),
        ("application/x-www-form-urlencoded", b"1,2"),
    ] {
        let answer = ask(&scorer, content_type, "image/png", body).unwrap();
        assert!(answer.is_nothing(), "{content_type}");
    }
}

#[test]
fn refusals_have_the_containers_statuses() {
    let unsupported = |line: &str| Refusal::UnsupportedContentType(line.to_owned());
    let scorer = plain("multi:softprob").scorer();
    let expected = "expected a finite decimal number or nothing";
    for (content_type, accept, body, refusal) in [
        (
            "image/png",
            "",
            "x",
            unsupported("Content-Type \"image/png\": expected text/csv, text/libsvm, application/x-recordio-protobuf"),
        ),
        (
            "application/json",
            "image/png",
            "[[1,2,3]]",
            unsupported(
                "Content-Type \"application/json\": expected text/csv, text/libsvm, application/x-recordio-protobuf",
            ),
        ),
        (
            "text/csv; label_size=0",
            "",
            "1,2,3",
            unsupported("Content-Type \"text/csv; label_size=0\": found label_size=0, expected 1"),
        ),
        (
            "text/csv; label_size=1; label_size=2",
            "",
            "1,2,3",
            unsupported(
                "Content-Type \"text/csv; label_size=1; label_size=2\": found label_size=2, expected 1",
            ),
        ),
        (
            "label_size=1; text/csv",
            "",
            "1,2,3",
            unsupported(
                "Content-Type \"label_size=1; text/csv\": expected text/csv, text/libsvm, \
                 application/x-recordio-protobuf",
            ),
        ),
        (
            "text/csv",
            "",
            "1,2,3\n1,2,c",
            unsupported(&format!("Loading csv data failed: row 2, column 3: found \"c\", {expected}")),
        ),
        (
            "csv",
            "",
            "a,b,c\n1,2,3",
            unsupported(&format!("Loading csv data failed: row 1, column 1: found \"a\", {expected}")),
        ),
        (
            "csv",
            "",
            "1,2,3\n1,2",
            unsupported("Loading csv data failed: row 2: 2 columns, the model takes 3"),
        ),
        (
            "csv",
            "",
            "1 0:1 1:2",
            unsupported(&format!("Loading csv data failed: row 1, column 2: found \"0:1\", {expected}")),
        ),
        (
            "csv",
            "",
            " \n",
            unsupported("Loading csv data failed: the payload is empty, expected at least one row"),
        ),
        (
            "",
            "",
            "1,2,3",
            unsupported("Loading libsvm data failed: no row has a value, expected fields index:value"),
        ),
        (
            "recordio-protobuf",
            "",
            "1,2,3",
            unsupported("Loading recordio-protobuf data failed: row 1: found 5 bytes at the end, expected a record"),
        ),
        (
            "csv",
            "",
            "1,2,3,4",
            Refusal::BadPayload(
                "Unable to evaluate payload provided: row 1: 4 columns, the model takes 3".to_owned(),
            ),
        ),
        (
            "csv",
            "image/png",
            "1,2,3",
            Refusal::NotAcceptable(
                "Accept type image/png is not supported. Please use supported accept types: ['application/json', \
                 'application/jsonlines', 'application/x-recordio-protobuf', 'text/csv']."
                    .to_owned(),
            ),
        ),
        // The payload is looked at before the Accept header.
        (
            "csv",
            "image/png",
            "1,2,c",
            unsupported(&format!("Loading csv data failed: row 1, column 3: found \"c\", {expected}")),
        ),
        (
            "csv",
            "image/png",
            "1,2,3,4",
            Refusal::BadPayload(
                "Unable to evaluate payload provided: row 1: 4 columns, the model takes 3".to_owned(),
            ),
        ),
    ] {
        assert_eq!(ask(&scorer, content_type, accept, body.as_bytes()), Err(refusal), "{body}");
    }
}

#[test]
fn short_rows_are_in_the_log_once() {
    // No other test has a model of seven features.
    let log = Log::start();
    let lines = || log.lines_with(&["fewer columns", "columns=2", "features=7"]);
    let wide = model(7, "reg:gamma", 0, <[f32]>::to_vec);
    let scorer = Scorer::like_xgboost_container(Box::new(wide), "text/csv", None, false).unwrap();
    let csv = |body: &str| ask(&scorer, "csv", "", body.as_bytes());
    assert!(csv("1,2,3,4,5,6,7").is_ok());
    assert!(csv("1;2;3;4;5;6;").is_ok());
    assert!(csv("1,2\n1,2,3").is_err());
    assert_eq!(lines(), 0);
    assert!(csv("1;2").is_ok());
    assert_eq!(lines(), 1);
    assert!(csv("1,2").is_ok());
    assert_eq!(lines(), 1);
}

#[test]
fn keys_for_one_request_are_answered_natively() {
    let scorer = plain("binary:logistic").scorer();
    let request = Request {
        content_type: "text/csv",
        content_encoding: "",
        accept: "application/json",
        custom_attributes: "output=predicted_label",
        body: b"1",
        cancellation: &WAITED_FOR,
    };
    let answer = scorer.handle(request).unwrap();
    assert_eq!(answer.body, br#"{"predictions":[{"predicted_label":1}]}"#);
}

#[test]
fn a_classifier_says_what_its_prediction_is() {
    let labels = || Labels::Integers(vec![0, 1]);
    let served = |signature: Signature| {
        let toy = Toy::new(signature, |_, _, _| Ok(()));
        Scorer::like_xgboost_container(Box::new(toy), "text/csv", None, false).is_ok()
    };
    let scores = Signature::classifier(Features::unnamed(1), labels());
    assert!(!served(scores.clone()));
    let probabilities = Signature {
        values: Values::Probabilities,
        ..scores.clone()
    };
    assert!(served(probabilities.clone()));
    assert!(!served(Signature {
        output: algorithm::Output::Classes(Labels::Text(vec!["a".into(), "b".into()])),
        ..probabilities
    }));
    assert!(served(Signature {
        objective: Some("binary:logitraw".to_owned()),
        ..scores
    }));
}
