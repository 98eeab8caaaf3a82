import Checkpoint
import JSON

/// Values of the manifest that no model has.
extension HostileStore {
    private static let huge = "4611686018427387904"

    static let values: [HostileStore] = [
        HostileStore("configuration", nil, .invalidConfiguration, "configuration"),
        HostileStore("configuration", [], .invalidConfiguration, "configuration"),
        HostileStore("configuration.vocab_size", nil, .invalidConfiguration, "configuration.vocab_size"),
        HostileStore("configuration.vocab_size", "32", .invalidConfiguration, "configuration.vocab_size"),
        HostileStore("configuration.hidden_size", -1, .invalidConfiguration, "configuration.hidden_size"),
        HostileStore("configuration.hidden_size", text: huge, .invalidConfiguration, "configuration.hidden_size"),
        HostileStore("configuration.num_hidden_layers", 0, .invalidConfiguration, "configuration.num_hidden_layers"),
        HostileStore("configuration.num_hidden_layers", 5000, .invalidConfiguration, "configuration.num_hidden_layers"),
        HostileStore("configuration.rms_norm_eps", 0, .invalidConfiguration, "configuration.rms_norm_eps"),
        HostileStore("configuration.rms_norm_eps", text: "1e300", .invalidConfiguration, "configuration.rms_norm_eps"),
        HostileStore("configuration.rope.layout", "spiral", .invalidConfiguration, "configuration.rope.layout"),
        HostileStore("configuration.rope.theta", 0.5, .invalidConfiguration, "configuration.rope_theta"),
        HostileStore("configuration.rope.dimension", 3, .invalidConfiguration, "configuration.qk_rope_head_dim"),
        HostileStore("configuration.latent_attention", nil, .invalidConfiguration, "configuration.grouped_attention"),
        HostileStore(
            "configuration.latent_attention.kv_lora_rank", 1_048_576, .invalidConfiguration,
            "configuration.kv_lora_rank"),
        HostileStore(
            "configuration.experts.num_experts_per_tok", 99, .invalidConfiguration, "configuration.num_experts_per_tok"),
        HostileStore("configuration.experts.n_group", 3, .invalidConfiguration, "configuration.n_group"),
        HostileStore(
            "configuration.experts.n_routed_experts", text: "131073", .invalidConfiguration,
            "configuration.n_routed_experts"),
        HostileStore(
            "configuration.experts.scoring_func", "dice", .invalidConfiguration, "configuration.experts.scoring_func"),
        HostileStore(
            "configuration.experts.moe_layer_freq", 0, .invalidConfiguration, "configuration.experts.moe_layer_freq"),
        HostileStore("sampling", nil, .invalidConfiguration, "sampling"),
        HostileStore("sampling.temperature", -1, .invalidConfiguration, "sampling.temperature"),
        HostileStore("sampling.top_p", 2, .invalidConfiguration, "sampling.top_p"),
        HostileStore("chat_format", 7, .invalidConfiguration, "chat_format"),
        HostileStore("licence", [], .invalidConfiguration, "licence"),
        HostileStore("layers", ["first": 1, "end": 1], .invalidConfiguration, "layers.end"),
        HostileStore("layers", ["first": 2, "end": 1], .invalidConfiguration, "layers.end"),
        HostileStore("layers", ["first": -1, "end": 0], .invalidConfiguration, "layers.first"),
        HostileStore("layers", ["first": 0, "end": 7], .invalidConfiguration, "layers"),
        HostileStore("layers", "0..<1", .invalidConfiguration, "layers"),
        HostileStore("scale_block", ["rows": 0, "columns": 128], .invalidConfiguration, "scale_block.rows"),
        HostileStore("scale_block", ["rows": 128], .invalidConfiguration, "scale_block.columns"),
        HostileStore("source", "here", .invalidConfiguration, "source"),
        HostileStore("source.0.bytes", -1, .invalidConfiguration, "source[0].bytes"),
        HostileStore("source.0.sha256", 1, .invalidConfiguration, "source[0].sha256"),
    ]
}
