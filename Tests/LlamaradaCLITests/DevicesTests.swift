import Foundation
import Testing

@Suite struct DevicesTests {
    @Test func jsonListsEveryDevice() throws {
        let program = try Program.run("devices", "--json")
        #expect(program.status == 0)
        let list = try #require(JSONSerialization.jsonObject(with: Data(program.outputBytes)) as? [[String: Any]])
        #expect(!list.isEmpty)
        for (index, device) in list.enumerated() {
            #expect(device["index"] as? Int == index)
            #expect(device["driver"] is String && device["heaps"] is [[String: Any]] && device["fp16"] is Bool)
            #expect(device["subgroup_size"] is Int && device["int8_dot_product"] is Bool)
            #expect(device["cooperative_matrix"] is [[String: Any]])
            let features = try #require(device["features"] as? [String])
            #expect((device["fp16"] as? Bool == true) == features.contains("fp16"))
            // Today's kernels need only what every usable device has.
            let missing = try #require(device["missing_variants"] as? [[String: Any]])
            let hasMatrices = (device["cooperative_matrix"] as? [Any])?.isEmpty == false
            let kernels = Set(missing.compactMap { $0["kernel"] as? String })
            #expect(kernels == (hasMatrices ? [] : ["MatrixAttention", "MatrixMatMul"]))
            #expect((device["usable"] as? Bool == true) == (device["unusable_reason"] is NSNull))
            #expect(device["uuid"] is String || device["uuid"] is NSNull)
            #expect(device["unified_memory"] is Bool && (device["memory_bytes"] as? Int ?? 0) > 0)
            #expect((device["choice_reason"] as? String)?.isEmpty == false)
        }
        #expect(list.count { $0["chosen"] as? Bool == true } == 1)
    }

    @Test func textNamesEveryDevice() throws {
        let json = try Program.run("devices", "--json")
        let list = try #require(JSONSerialization.jsonObject(with: Data(json.outputBytes)) as? [[String: Any]])
        let text = try Program.run("devices").output
        for device in list { #expect(text.contains(try #require(device["name"] as? String))) }
        for word in [
            "driver", "memory", "features", "subgroup size", "fp16", "int8 dot product", "cooperative matrix", "usable",
            "chosen", "uuid", "unified memory",
        ] {
            #expect(text.contains(word))
        }
    }
}
