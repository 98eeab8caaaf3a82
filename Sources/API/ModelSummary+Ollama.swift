import Inference
import JSON

extension ModelSummary {
    /// An entry of `/api/tags`.
    func tag(_ details: ModelDetails?) -> JSONValue {
        [
            "name": .string(name), "model": .string(name), "modified_at": .string(Timestamp.text(seconds: createdAt)),
            "size": JSONValue(byteCount), "digest": .string(digest), "details": card(of: details),
        ]
    }

    /// The entry of `/api/ps`, for a model that stays until `expiry`.
    func running(_ details: ModelDetails?, until expiry: ContinuousClock.Instant?) -> JSONValue {
        // What Ollama says of a model that stays for ever: as long as its clock can count.
        var left = Duration.seconds(9_223_372_036)
        if let expiry { left = max(.zero, expiry - .now) }
        return [
            "name": .string(name), "model": .string(name), "size": JSONValue(byteCount), "digest": .string(digest),
            "details": card(of: details), "expires_at": .string(Timestamp.text(fromNow: left)), "size_vram": 0,
            "context_length": (contextLength ?? details?.contextLength).map { JSONValue($0) } ?? .null,
        ]
    }

    /// The answer to `/api/show`; nothing that only the files tell if they cannot be read.
    func card(_ details: ModelDetails?) -> JSONValue {
        let architecture = details?.architecture ?? "unknown"
        var info: JSONObject = [
            "general.architecture": .string(architecture), "general.basename": .string(name),
            "general.file_size": JSONValue(byteCount),
        ]
        if let details {
            info["general.parameter_count"] = JSONValue(details.parameterCount)
            info[architecture + ".context_length"] = JSONValue(details.contextLength)
        }
        // Tools are described in words to models that do not know them.
        let capabilities: [JSONValue] = ["completion", "tools"] + (details?.reasons == true ? ["thinking"] : [])
        return [
            "modelfile": "", "parameters": "", "template": "", "license": .string(details?.licence ?? ""),
            "details": card(of: details), "model_info": .object(info), "capabilities": .array(capabilities),
            "modified_at": .string(Timestamp.text(seconds: createdAt)),
        ]
    }

    private func card(of details: ModelDetails?) -> JSONValue {
        let format = path.hasSuffix(".minke") ? "minke" : path.hasSuffix(".gguf") ? "gguf" : "safetensors"
        let family = details?.architecture ?? ""
        return [
            "parent_model": "", "format": .string(format), "family": .string(family),
            "families": details.map { [.string($0.architecture)] } ?? .null,
            "parameter_size": .string(details.map { Self.size($0.parameterCount) } ?? ""),
            "quantization_level": .string(details?.weightType ?? ""),
        ]
    }

    /// Parameters as people say them: 134.5M, 15.7B.
    private static func size(_ parameterCount: Int) -> String {
        let (unit, letter) = parameterCount >= 1_000_000_000 ? (100_000_000, "B") : (100_000, "M")
        let tenths = (parameterCount + unit / 2) / unit
        return "\(tenths / 10).\(tenths % 10)\(letter)"
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
