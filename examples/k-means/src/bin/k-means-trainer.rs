fn main() -> std::process::ExitCode {
    trainer::main(&[&k_means::KMeans])
}
