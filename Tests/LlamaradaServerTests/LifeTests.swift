import Foundation
import Llamarada
import LlamaradaDevice
import LlamaradaServerSettings
import LlamaradaTensors
import Testing

/// From before the model is there to after its device is gone.
@Suite struct LifeTests {
    @Test func healthIsHonestWhileLoading() async throws {
        let (gate, opener) = AsyncStream<Never>.makeStream()
        let server = try await TestServer(model: {
            for await _ in gate {}
            return try await TestServer.tinyModel()
        })
        let early = try await server.get("/health")
        #expect(early.status == 503 && early.fields["retry-after"] == "1")
        #expect(try await server.post("/v1/completions", #"{"prompt":"a"}"#).status == 503)
        opener.finish()
        _ = try await server.ready()
    }

    @Test func aModelThatFailsToLoadEndsIt() async throws {
        let server = try await TestServer(model: { throw DeviceError(.noDevice, "there is none") })
        guard case .failure(let error as DeviceError) = await server.result() else {
            Issue.record("it did not fail")
            return
        }
        #expect(error.code == .noDevice)
    }

    /// Every path tells, and the process is to end with the device's status.
    @Test func aLostDeviceIsToldOnEveryPath() async throws {
        let fate = PacedEngine.Fate()
        let server = try await TestServer(model: TestServer.paced(0.02, fate: fate)).ready()
        let body = #"{"prompt":"the","max_tokens":100,"ignore_eos":true"#
        async let whole = server.post("/v1/completions", body + "}")
        // A stream begins with its first token.
        async let streamed = server.exchange { connection in
            try connection.request("POST", "/v1/completions", body + #","stream":true}"#)
            return try connection.reply { fate.lose() }
        }
        let (wholeReply, streamedReply) = try await (whole, streamed)
        #expect(wholeReply.status == 500)
        #expect(try wholeReply.json()["error"]?["code"]?.text == "device_error")
        // In the midst of a stream an error is its last event.
        #expect(streamedReply.status == 200 && !streamedReply.body.contains("[DONE]"))
        #expect(try streamedReply.events().last?["error"]?["code"]?.text == "device_error")
        let health = try await server.get("/health")
        #expect(health.status == 500)
        #expect(try health.json()["error"]?["code"]?.text == "device_lost")
        #expect(try await server.post("/v1/completions", body + "}").status == 500)
        guard case .failure(let error as DeviceError) = await server.result() else {
            Issue.record("it did not end by the device's error")
            return
        }
        #expect(error.code == .lost)
    }

    /// Also during the prompt, before anything was sent.
    @Test(arguments: [true, false]) func whoLeavesFreesItsPlace(streams: Bool) async throws {
        let server = try await TestServer(model: TestServer.paced(0.05, sequences: 1)).ready()
        try await server.exchange { connection in
            try connection.request(
                "POST", "/v1/completions",
                "{\"prompt\":\"the\",\"max_tokens\":120,\"ignore_eos\":true,\"stream\":\(streams)}")
            Thread.sleep(forTimeInterval: 0.2)
        }
        let start = ContinuousClock.now
        // The only place is taken until the one who left is noticed: at 50 ms a step his answer would take 6 s.
        let reply = try await server.post("/v1/completions", #"{"prompt":"a","max_tokens":1}"#)
        #expect(reply.status == 200)
        #expect(ContinuousClock.now - start < .seconds(4))
        let slots = try await server.get("/slots").json().elements ?? []
        #expect(slots.allSatisfy { $0["is_processing"] == .bool(false) })
    }

    @Test func aFullQueueTurnsAway() async throws {
        let server = try await TestServer(
            {
                $0.limits.queue = 1
                $0.model.sequences = 1
            }, model: TestServer.paced(0.05, sequences: 1)
        ).ready()
        let body = #"{"prompt":"the","max_tokens":20,"ignore_eos":true}"#
        async let first = server.post("/v1/completions", body)
        async let second = server.post("/v1/completions", body)
        while try await !server.get("/metrics").body.contains("llamarada_sequences{state=\"waiting\"} 1") {
            try await Task.sleep(for: .milliseconds(10))
        }
        let third = try await server.post("/v1/completions", body)
        #expect(third.status == 429 && third.fields["retry-after"] != nil)
        #expect(try third.json()["error"]?["code"]?.text == "queue_full")
        #expect(try await first.status == 200)
        #expect(try await second.status == 200)
        #expect(try await server.post("/v1/completions", #"{"prompt":"the","max_tokens":1}"#).status == 200)
    }

    @Test func whatTakesTooLongEnds() async throws {
        let server = try await TestServer({ $0.limits.requestSeconds = 1 }, model: TestServer.paced(0.05)).ready()
        let body = #"{"prompt":"the","max_tokens":120,"ignore_eos":true"#
        #expect(try await server.post("/v1/completions", body + "}").status == 504)
        let stream = try await server.post("/v1/completions", body + #","stream":true}"#)
        #expect(try stream.events().last?["error"]?["code"]?.text == "timeout")
    }

    /// A pause is filled, so that whoever is between does not take the connection for dead.
    @Test func silenceIsTold() async throws {
        let server = try await TestServer({ $0.limits.pingSeconds = 0.1 }, model: TestServer.paced(0.25)).ready()
        let reply = try await server.post(
            "/v1/completions", #"{"prompt":"the","max_tokens":2,"ignore_eos":true,"stream":true}"#)
        #expect(reply.body.hasPrefix(": ping\n\n"))
        #expect(try reply.events().count == 3)
    }
}
