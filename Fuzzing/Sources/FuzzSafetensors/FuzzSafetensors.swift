import Harness

/// Fuzzes the reader of Hugging Face folders.
@main
enum FuzzSafetensors {
    static func main() {
        fuzz { Inputs.folder($0, $1) }
    }
}
