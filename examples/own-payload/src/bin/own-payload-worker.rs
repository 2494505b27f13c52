fn main() -> std::process::ExitCode {
    model_worker::main_bytes(own_payload::load)
}
