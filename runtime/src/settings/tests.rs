use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingError> {
    Settings::read(|name| {
        let pair = pairs.iter().find(|(key, _)| *key == name)?;
        Some(pair.1.to_owned())
    })
}

#[test]
fn defaults_are_the_documented_ones() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.timeout, Duration::from_secs(60));
    assert_eq!(settings.probe_timeout, Duration::from_secs(1));
    assert_eq!(settings.http_port, 8080);
    assert_eq!(settings.grpc_port, None);
    assert_eq!(settings.max_payload, 100 * 1024 * 1024);
    assert_eq!(settings.queue.get(), 1024);
    assert_eq!(settings.default_accept, "text/csv");
    assert_eq!(settings.base_dir, PathBuf::from("/opt/ml"));
    assert_eq!(settings.batch, Batch::default());
    assert!(settings.ensemble);
    assert_eq!(settings.log_filter.as_str(), "info");
}

#[test]
fn an_alias_counts_if_the_name_itself_is_not_set() {
    let alias = ("SAGEMAKER_MODEL_SERVER_WORKERS", "3");
    assert_eq!(read(&[alias]).unwrap().workers.get(), 3);
    let both = [alias, ("MODEL_SERVER_WORKERS", "5")];
    assert_eq!(read(&both).unwrap().workers.get(), 5);
    let empty = [alias, ("MODEL_SERVER_WORKERS", "")];
    assert_eq!(read(&empty).unwrap().workers.get(), 3);
}

#[test]
fn patience_with_a_worker_is_never_longer_than_with_an_invocation() {
    let patience = [("MODEL_SERVER_PROBE_TIMEOUT", "5")];
    assert_eq!(read(&patience).unwrap().probe_timeout.as_secs(), 5);
    let both = [patience[0], ("MODEL_SERVER_TIMEOUT", "2")];
    assert_eq!(read(&both).unwrap().probe_timeout.as_secs(), 2);
}

#[test]
fn an_unusable_value_names_the_variable_the_value_and_what_is_allowed() {
    for (name, value, message) in [
        (
            "MODEL_SERVER_WORKERS",
            "0",
            "MODEL_SERVER_WORKERS=0: expected a whole number from 1 to 256",
        ),
        (
            "MODEL_SERVER_TIMEOUT",
            "soon",
            "MODEL_SERVER_TIMEOUT=soon: expected a whole number from 1 to 3600",
        ),
        (
            "MODEL_SERVER_PROBE_TIMEOUT",
            "0",
            "MODEL_SERVER_PROBE_TIMEOUT=0: expected a whole number from 1 to 3600",
        ),
        (
            "SAGEMAKER_BIND_TO_PORT",
            "65536",
            "SAGEMAKER_BIND_TO_PORT=65536: expected a whole number from 0 to 65535",
        ),
        (
            "SAGEMAKER_SAFE_PORT_RANGE",
            "9999-9000",
            "SAGEMAKER_SAFE_PORT_RANGE=9999-9000: expected two ports as in 9000-9999, the lower one first",
        ),
        (
            "SAGEMAKER_BATCH_STRATEGY",
            "ALL",
            "SAGEMAKER_BATCH_STRATEGY=ALL: expected MULTI_RECORD or SINGLE_RECORD",
        ),
        (
            "MODEL_SERVER_GRPC_PORT",
            "8080",
            "MODEL_SERVER_GRPC_PORT=8080: expected another port than SAGEMAKER_BIND_TO_PORT",
        ),
        (
            "MODEL_SERVER_DIALECT",
            "xgboost",
            "MODEL_SERVER_DIALECT=xgboost: expected sagemaker-xgboost or native",
        ),
        (
            "MAX_CONTENT_LENGTH",
            "6 MB",
            "MAX_CONTENT_LENGTH=6 MB: expected a whole number from 1 to 18446744073709551615",
        ),
        (
            "SAGEMAKER_INFERENCE_ENSEMBLE",
            "no",
            "SAGEMAKER_INFERENCE_ENSEMBLE=no: expected true or false",
        ),
        (
            "MODEL_SERVER_GRPC_HOST",
            "here",
            "MODEL_SERVER_GRPC_HOST=here: expected an IP address",
        ),
    ] {
        assert_eq!(read(&[(name, value)]).unwrap_err().to_string(), message);
    }
}

#[test]
fn resolved_settings_read_back_the_same() {
    let given = [
        ("MODEL_SERVER_GRPC_PORT", "9000"),
        ("MODEL_NAME", "leaf it"),
        ("MODEL_SERVER_TIMEOUT", "90"),
        ("MODEL_SERVER_PROBE_TIMEOUT", "90"),
        ("SAGEMAKER_INFERENCE_OUTPUT", "predicted_label, path"),
        ("SAGEMAKER_INFERENCE_ENSEMBLE", "False"),
        ("MODEL_SERVER_WORKER_COMMAND", r#"/bin/sh -c "exec it's""#),
    ];
    let in_batch = [
        ("SAGEMAKER_BATCH", "false"),
        ("MAX_CONTENT_LENGTH", "1234567"),
        ("MODEL_SERVER_DIALECT", "SageMaker-XGBoost"),
    ];
    for settings in [&given[..], &in_batch[..]] {
        reads_back(&read(settings).unwrap());
    }
}

fn reads_back(settings: &Settings) {
    let resolved = settings.resolved();
    let again = Settings::read(|name| {
        let pair = resolved.iter().find(|(key, _)| *key == name)?;
        Some(pair.1.clone())
    });
    assert_eq!(again.as_ref(), Ok(settings));
}

#[test]
fn the_smaller_limit_of_a_payload_counts() {
    let limit = |pairs: &[(&str, &str)]| read(pairs).unwrap().max_payload;
    let (mb, bytes) = ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "MAX_CONTENT_LENGTH");
    assert_eq!(limit(&[(bytes, "20971520")]), 20 << 20);
    assert_eq!(limit(&[(bytes, "1000")]), 1000);
    assert_eq!(limit(&[(bytes, "209715200")]), 200 << 20);
    assert_eq!(limit(&[(bytes, "1000000000000")]), 1 << 30);
    assert_eq!(limit(&[(bytes, "20971520"), (mb, "6")]), 6 << 20);
    assert_eq!(limit(&[(bytes, "20971520"), (mb, "0")]), 20 << 20);
}

#[test]
fn the_grpc_port_lies_in_the_safe_range() {
    let port = |port, range| {
        let settings = read(&[
            ("MODEL_SERVER_GRPC_PORT", port),
            ("SAGEMAKER_SAFE_PORT_RANGE", range),
        ]);
        settings.map(|settings| settings.grpc_port)
    };
    assert_eq!(port("9000", "9000-9999"), Ok(Some(9000)));
    assert_eq!(port("9999", " 9000 - 9999 "), Ok(Some(9999)));
    assert_eq!(port("", "9000-9999"), Ok(None));
    assert_eq!(
        port("10000", "9000-9999").unwrap_err().to_string(),
        "MODEL_SERVER_GRPC_PORT=10000: expected a port of SAGEMAKER_SAFE_PORT_RANGE, 9000-9999"
    );
}

#[test]
fn a_batch_transform_job_describes_itself() {
    let settings = read(&[
        ("SAGEMAKER_BATCH", "True"),
        ("SAGEMAKER_BATCH_STRATEGY", "SingleRecord"),
        ("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "16"),
        ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "0"),
    ])
    .unwrap();
    assert!(settings.batch.is_on);
    assert_eq!(settings.batch.strategy, Strategy::SingleRecord);
    assert_eq!(settings.batch.concurrent.map(NonZeroUsize::get), Some(16));
    assert_eq!(settings.max_payload, 1 << 30);
    let settings = read(&[("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "0")]).unwrap();
    assert_eq!(settings.batch, Batch::default());
}
