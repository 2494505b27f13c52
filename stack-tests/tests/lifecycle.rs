//! How `serve` starts, stops, and gives up.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::symlink,
};

use reqwest::StatusCode;
use stack_tests::{
    binaries, eventually, models, payload,
    processes::{environment, is_running},
    stack::Stack,
    training::Job,
};

#[tokio::test]
async fn everything_accepted_is_answered_before_the_processes_stop() {
    let mut stack = Stack::start(&[]).await;
    let payload = payload();
    // A request that is still being sent when the signal comes.
    let mut client = TcpStream::connect(("127.0.0.1", stack.port())).unwrap();
    let head = format!(
        "POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\ncontent-length: {}\r\n\r\n",
        payload.len()
    );
    client.write_all(head.as_bytes()).unwrap();
    let (first, rest) = payload.split_at(payload.len() / 2);
    client.write_all(first.as_bytes()).unwrap();
    // Its connection is accepted once a later one is.
    assert_eq!(
        stack
            .client()
            .get(stack.url("/ping"))
            .send()
            .await
            .unwrap()
            .status(),
        StatusCode::OK
    );
    let processes: Vec<u32> = stack.workers().into_iter().chain(stack.gateway()).collect();
    stack.terminate();
    eventually("new connections are refused", async || {
        TcpStream::connect(("127.0.0.1", stack.port())).err()
    })
    .await;
    client.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(
        answer.matches("acer_").count() + answer.matches("quercus_").count(),
        payload.lines().count()
    );
    assert_eq!(stack.exited().await.code(), Some(0));
    assert!(processes.iter().all(|process| !is_running(*process)));
}

#[tokio::test]
async fn a_model_that_can_not_be_served_ends_serve_with_the_reason() {
    for (file, reason) in [
        (Some("not a model"), "model.onnx"),
        (None, "no model file, expected ONNX (NAME.onnx)"),
    ] {
        let job = Job::sample();
        if let Some(content) = file {
            job.write("model/model.onnx", content);
        }
        let mut stack = Stack::spawn(job, &[]);
        let status = stack.exited().await;
        assert!(!status.success());
        eventually("the reason is the last line", async || {
            let log = stack.log();
            log.lines().last()?.contains(reason).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn an_unusable_setting_ends_serve_with_one_line() {
    let mut stack = Stack::spawn(Job::sample(), &[("MODEL_SERVER_WORKERS", "many")]);
    assert!(!stack.exited().await.success());
    eventually("the line comes", async || {
        let log = stack.log();
        log.contains("MODEL_SERVER_WORKERS=many: expected a whole number from 1 to 256")
            .then_some(())
    })
    .await;
    assert_eq!(stack.log().lines().count(), 1);
}

/// Through the shell's rules, those of supervisord, and its expansion of `%(...)s`.
#[tokio::test]
async fn a_command_of_a_worker_arrives_as_it_was_given() {
    let job = Job::sample().trained();
    // No binary of a worker under the name that `serve` knows.
    let programs = job.path().join("my programs");
    fs::create_dir(&programs).unwrap();
    for (name, binary) in [
        ("gateway", "stack-gateway"),
        ("it's a worker", "stack-worker"),
    ] {
        symlink(binaries().join(binary), programs.join(name)).unwrap();
    }
    let words = r#"ODD=50% "of" %(ENV_PATH)s; $PATH \\ ^!`'"#;
    let command = format!(
        r#"env 'ODD=50% "of" %(ENV_PATH)s; $PATH \\ ^!`'\' "{}/it's a worker""#,
        programs.display()
    );
    let settings = [
        ("MODEL_SERVER_BIN_DIR", programs.to_str().unwrap()),
        ("MODEL_SERVER_WORKER_COMMAND", &command),
        ("PYTHONPATH", "/mine:/too"),
    ];
    let stack = Stack::start_on(job, &settings).await;
    assert_eq!(stack.invoke(payload()).await.status(), StatusCode::OK);
    let workers = stack.workers();
    assert_eq!(workers.len(), 2);
    for worker in workers {
        let environment = environment(worker);
        assert!(
            environment.iter().any(|pair| pair == words),
            "{environment:?}"
        );
        // Nor does a worker in Python find modules of the supervision.
        let path = environment
            .iter()
            .find(|pair| pair.starts_with("PYTHONPATH="));
        assert_eq!(path.map(String::as_str), Some("PYTHONPATH=/mine:/too"));
    }
}

#[tokio::test]
async fn a_command_of_a_worker_ends_serve_as_our_own_does() {
    for (command, last_line) in [
        (
            // `--index` and the number become $0 and $1.
            r#"sh -c 'echo reading; echo "model.bin: not a model" >&2; exit 78'"#,
            "exited with status 78, which a restart can't help: model.bin: not a model",
        ),
        (
            "no-such-program worker.py",
            "gateway: MODEL_SERVER_WORKER_COMMAND=no-such-program worker.py: expected the first word \
             to be an executable file, or to be found on PATH",
        ),
    ] {
        let mut stack = Stack::spawn(Job::sample(), &[("MODEL_SERVER_WORKER_COMMAND", command)]);
        assert_eq!(stack.exited().await.code(), Some(78));
        eventually("the reason is the last line", async || {
            let log = stack.log();
            log.lines().last()?.ends_with(last_line).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_model_whose_name_is_its_own_is_served() {
    let job = Job::sample().trained();
    let model = job.path().join("model");
    fs::rename(model.join("model.onnx"), model.join("leaf tree.onnx")).unwrap();
    let mut stack = Stack::spawn(job, &[]);
    stack.wait_ready().await;
}

/// A job that has ended with models of these names, which answer these numbers.
fn numbers(models: &[(&str, f32)]) -> Job {
    let job = Job::sample();
    for (name, number) in models {
        job.write(&format!("model/{name}"), models::number(1, *number));
    }
    job
}

#[tokio::test]
async fn several_models_are_one_ensemble_unless_it_is_switched_off() {
    let job = || {
        let job = numbers(&[("b.onnx", 4.0), ("a.onnx", 0.5), ("model.onnx", 3.0)]);
        job.write("model/README.md", "Three models.");
        job.write("model/code/requirements.txt", "numpy");
        job
    };
    let left_out = "no models, left out files=\"README.md, code/\"";
    for (setting, answer, line) in [
        (
            "",
            "2.5\n2.5\n",
            "served as one ensemble files=\"a.onnx, b.onnx, model.onnx\"",
        ),
        (
            "false",
            "3.0\n3.0\n",
            "one is served file=\"model.onnx\" left_out=\"a.onnx, b.onnx\"",
        ),
    ] {
        let settings = [("SAGEMAKER_INFERENCE_ENSEMBLE", setting)];
        let stack = Stack::start_on(job(), &settings).await;
        assert_eq!(stack.invoke("1\n2").await.text().await.unwrap(), answer);
        let log = stack.log();
        assert!(log.contains(left_out), "{log}");
        assert!(log.contains(line), "{log}");
    }
}

#[tokio::test]
async fn models_that_do_not_fit_together_end_serve_with_the_difference() {
    let job = numbers(&[("a.onnx", 1.0)]);
    job.write("model/b.onnx", models::number(2, 1.0));
    let mut stack = Stack::spawn(job, &[]);
    assert_eq!(stack.exited().await.code(), Some(78));
    eventually("the reason is the last line", async || {
        let log = stack.log();
        let reason = "the model files can't be one ensemble: a.onnx takes 1 feature, b.onnx takes 2 \
                      features";
        log.lines().last()?.ends_with(reason).then_some(())
    })
    .await;
}
