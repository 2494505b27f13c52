fn main() -> std::process::ExitCode {
    model_worker::main(&[logistic_regression::FORMAT])
}
