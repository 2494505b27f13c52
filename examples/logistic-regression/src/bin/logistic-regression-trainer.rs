fn main() -> std::process::ExitCode {
    trainer::main(&[&logistic_regression::LogisticRegression])
}
