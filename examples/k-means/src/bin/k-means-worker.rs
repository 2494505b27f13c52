fn main() -> std::process::ExitCode {
    model_worker::main(&[k_means::FORMAT])
}
