import Inference
import JSON

extension ModelSummary {
    /// An entry of `/api/tags`.
    var tag: JSONValue {
        [
            "name": .string(name), "model": .string(name), "modified_at": .string(Timestamp.text(seconds: createdAt)),
            "size": JSONValue(byteCount), "digest": .string(digest), "details": details,
        ]
    }

    /// The entry of `/api/ps`, for a model that stays until `expiry`.
    func running(until expiry: ContinuousClock.Instant?) -> JSONValue {
        // What Ollama says of a model that stays for ever: as long as its clock can count.
        var left = Duration.seconds(9_223_372_036)
        if let expiry { left = max(.zero, expiry - .now) }
        return [
            "name": .string(name), "model": .string(name), "size": JSONValue(byteCount), "digest": .string(digest),
            "details": details, "expires_at": .string(Timestamp.text(fromNow: left)), "size_vram": 0,
            "context_length": contextLength.map { JSONValue($0) } ?? .null,
        ]
    }

    /// The answer to `/api/show`.
    var card: JSONValue {
        var info: JSONObject = [
            "general.architecture": "minke", "general.basename": .string(name),
            "general.file_size": JSONValue(byteCount),
        ]
        info["minke.context_length"] = contextLength.map { JSONValue($0) }
        return [
            "modelfile": "", "parameters": "", "template": "", "license": "", "details": details,
            "model_info": .object(info), "capabilities": ["completion", "tools", "thinking"],
            "modified_at": .string(Timestamp.text(seconds: createdAt)),
        ]
    }

    private var details: JSONValue {
        let format = path.hasSuffix(".minke") ? "minke" : path.hasSuffix(".gguf") ? "gguf" : "safetensors"
        return [
            "parent_model": "", "format": .string(format), "family": "", "families": nil, "parameter_size": "",
            "quantization_level": "",
        ]
    }

    /// Tells this file from another one, in the shape that Ollama's clients cut short and print. It is made of path,
    /// size and time, not of the contents: reading a model for it would take minutes.
    private var digest: String {
        (0..<4).map { part in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325 &+ UInt64(part)
            for byte in "\(part)\0\(path)\0\(byteCount)\0\(createdAt)".utf8 {
                hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            }
            let digits = String(hash, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
