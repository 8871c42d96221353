import Llamarada
import LlamaradaServerSettings
import LlamaradaTensors
import LlamaradaText

/// How the server stands.
enum StatusEndpoints {
    /// `/health`: 200 where requests are answered, 503 while the model loads or the server ends, 500 once the device is
    /// lost.
    static func health(_ call: Call) async throws -> Reply {
        _ = try call.state.host.model()
        return Reply(.object([.init("status", .string("ok"))]))
    }

    /// `/v1/models`: the one model.
    static func models(_ call: Call) async throws -> Reply {
        let model = try call.state.host.model()
        let configuration = model.configuration
        let entry = JSONValue.object([
            .init("id", .string(call.state.host.name)), .init("object", .string("model")),
            .init("created", .integer(call.state.begun)), .init("owned_by", .string("llamarada")),
            .init(
                "meta",
                .object([
                    .init("n_vocab", .integer(configuration.vocabularySize)),
                    .init("n_ctx_train", .integer(configuration.contextLength)),
                    .init("n_ctx", .integer(model.contextLength)), .init("n_embd", .integer(configuration.dim)),
                    .init("n_layer", .integer(configuration.layerCount)),
                ])),
        ])
        return Reply(.object([.init("object", .string("list")), .init("data", .array([entry]))]))
    }

    /// `/props`, with llama.cpp's names.
    static func properties(_ call: Call) async throws -> Reply {
        let model = try call.state.host.model()
        let settings = call.state.settings
        let lookup = JSONValue.Member("lookup", .integer(settings.model.lookup))
        let generation = JSONValue.object([
            .init("n_ctx", .integer(model.contextLength)),
            .init("params", .object(SamplingOptions(settings.sampling).members + [lookup])),
        ])
        let vocabulary = model.tokenizer.vocabulary
        func piece(_ id: Int32?) -> JSONValue {
            .string(id.map { TokenText(model.tokenizer)[$0] } ?? "")
        }
        return Reply(
            .object([
                .init("default_generation_settings", generation),
                .init("total_slots", .integer(settings.model.sequences)),
                .init("model_alias", .string(call.state.host.name)),
                .init("device", .string(model.deviceName ?? "CPU")),
                .init("model_path", .string(String(settings.model.path.split(separator: "/").last ?? ""))),
                .init("bos_token", piece(vocabulary.bos)), .init("eos_token", piece(vocabulary.eos)),
            ]))
    }

    /// `/slots`: what is computed now; nothing of what the texts say.
    static func slots(_ call: Call) async throws -> Reply {
        let model = try call.state.host.model()
        let running = Dictionary(model.activity.running.map { ($0.slot, $0) }) { $1 }
        let slots = (0..<call.state.settings.model.sequences).map { slot in
            let sequence = running[slot]
            return JSONValue.object([
                .init("id", .integer(slot)), .init("n_ctx", .integer(model.contextLength)),
                .init("is_processing", .bool(sequence != nil)),
                .init("n_prompt_tokens", .integer(sequence?.promptTokens ?? 0)),
                .init("n_computed", .integer(sequence?.computedTokens ?? 0)),
                .init("n_decoded", .integer(sequence?.generatedTokens ?? 0)),
            ])
        }
        return Reply(.array(slots))
    }

    /// `/metrics`, also while there is no model.
    static func metrics(_ call: Call) async throws -> Reply {
        let model = try? call.state.host.model()
        return Reply(
            call.state.metrics.page(model?.activity, connections: call.state.clients.count),
            contentType: "text/plain; version=0.0.4; charset=utf-8")
    }
}
