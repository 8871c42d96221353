// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Language features beyond Swift 6 mode that every target uses.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// For tests that compute little themselves: the optimiser would take longer over them than it saves. Never for what a
/// product contains, which nobody could then depend on.
let quick: [SwiftSetting] = [.unsafeFlags(["-Onone"])]

/// Debian 12's shared libshaderc leaves glslang's symbols undefined, so there the build tool links the static parts.
/// Newer glslang has no HLSL library of its own, and a shared libshaderc that is whole.
let shadercLibraries: [String] =
    ["x86_64", "aarch64"].contains { FileManager.default.fileExists(atPath: "/usr/lib/\($0)-linux-gnu/libHLSL.a") }
    ? [
        "shaderc_combined", "SPIRV", "glslang", "MachineIndependent", "GenericCodeGen", "OSDependent", "OGLCompiler",
        "HLSL", "glslang-default-resource-limits", "SPIRV-Tools-opt", "SPIRV-Tools", "stdc++",
    ] : ["shaderc"]

let package = Package(
    name: "llamarada",
    products: [
        // Static, because "swift build --product" takes no library that leaves its kind open.
        .library(
            name: "Llamarada", type: .static,
            targets: [
                "Llamarada", "LlamaradaGrammar", "LlamaradaTensors", "LlamaradaText", "LlamaradaDevice",
                "LlamaradaErrors",
            ]),
        .library(name: "LlamaradaLab", targets: ["LlamaradaLab"]),
        .executable(name: "llamarada", targets: ["LlamaradaCLI"]),
        // What "llamarada serve" starts: of its own, so that nothing else builds an HTTP server.
        .executable(name: "llamarada-serve", targets: ["LlamaradaServe"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        // For SentencePiece's models, which are protocol buffers; without what it adds for streams and masks of fields.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        // For llamarada-serve alone, and without all of Foundation, whose tables of characters weigh 30 MB.
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The one shape of errors, and what helps against them.
        .target(name: "LlamaradaErrors", swiftSettings: strict),
        // Threads for one piece of work, and what the system gives of them.
        .target(name: "LlamaradaThreads", dependencies: ["LlamaradaErrors"], swiftSettings: strict),
        // Text to token ids and back; knows nothing of GPUs.
        .target(
            name: "LlamaradaText",
            dependencies: ["LlamaradaErrors", .product(name: "HeapModule", package: "swift-collections")],
            swiftSettings: strict),
        // Files and numbers; knows nothing of GPUs.
        .target(
            name: "LlamaradaTensors",
            dependencies: [
                "LlamaradaErrors", "LlamaradaText", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Formats/SentencePiece/sentencepiece_model.proto"],
            swiftSettings: strict),
        // Conversations to text by the templates that models carry; knows nothing of models and files.
        .target(name: "LlamaradaTemplates", dependencies: ["LlamaradaErrors"], swiftSettings: strict),
        // What a text may be: grammars and JSON schemas, and masks over vocabularies; knows nothing of models.
        .target(
            name: "LlamaradaGrammar", dependencies: ["LlamaradaErrors", "LlamaradaTensors"], swiftSettings: strict),
        // Vulkan compute; knows nothing of models.
        .target(name: "CVulkan", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(
            name: "LlamaradaDevice", dependencies: ["LlamaradaErrors", "LlamaradaThreads", "CVulkan"],
            swiftSettings: strict),
        // Every kernel: GLSL compiled at build time to typed Swift.
        .target(
            name: "LlamaradaShaders",
            dependencies: ["LlamaradaDevice"],
            path: "Shaders",
            exclude: ["Kernels", "Include"],
            swiftSettings: strict,
            plugins: ["CompileShaders"]),
        .target(
            name: "Llamarada",
            dependencies: [
                "LlamaradaErrors", "LlamaradaThreads", "LlamaradaTensors", "LlamaradaText", "LlamaradaDevice",
                "LlamaradaShaders", "LlamaradaGrammar", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        // Conversations: messages, a model's chat template, calls of tools; knows nothing of HTTP and terminals.
        .target(
            name: "LlamaradaChat",
            dependencies: [
                "Llamarada", "LlamaradaGrammar", "LlamaradaTemplates", "LlamaradaTensors", "LlamaradaText",
                "LlamaradaErrors",
            ],
            swiftSettings: strict),
        // Looks at the runtime from above: checks, comparison, profiling, evaluation, synthesis, benchmark.
        .target(
            name: "LlamaradaLab",
            dependencies: [
                "Llamarada", "LlamaradaErrors", "LlamaradaThreads", "LlamaradaTensors", "LlamaradaText",
                "LlamaradaDevice", "LlamaradaShaders",
            ],
            swiftSettings: strict),
        // What the laboratory found, as text, JSON and pages.
        .target(
            name: "LlamaradaReports",
            dependencies: ["LlamaradaLab", "Llamarada", "LlamaradaTensors", "LlamaradaText", "LlamaradaDevice"],
            exclude: ["Pages"],
            swiftSettings: strict,
            plugins: ["EmbedPages"]),
        .executableTarget(
            name: "LlamaradaCLI",
            dependencies: [
                "LlamaradaReports", "LlamaradaLab", "LlamaradaChat", "Llamarada", "LlamaradaTemplates",
                "LlamaradaErrors", "LlamaradaGrammar", "LlamaradaThreads", "LlamaradaTensors", "LlamaradaText",
                "LlamaradaDevice", "LlamaradaServerSettings",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        // What "llamarada serve" hands to the program that serves.
        .target(name: "LlamaradaServerSettings", swiftSettings: strict),
        // OpenAI's API over HTTP; knows no flag.
        .target(
            name: "LlamaradaServer",
            dependencies: [
                "LlamaradaServerSettings", "LlamaradaChat", "Llamarada", "LlamaradaGrammar", "LlamaradaErrors",
                "LlamaradaTensors", "LlamaradaText", "LlamaradaDevice",
                // Without its router, which half a minute of building buys: the endpoints are a table.
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            exclude: ["Pages"],
            swiftSettings: strict,
            plugins: ["EmbedPages"]),
        .executableTarget(
            name: "LlamaradaServe",
            dependencies: [
                "LlamaradaServer", "LlamaradaServerSettings", "Llamarada", "LlamaradaErrors", "LlamaradaTensors",
                "LlamaradaDevice", .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),

        // Build time only.
        .systemLibrary(name: "CShaderc", path: "tools/CShaderc"),
        .executableTarget(
            name: "ShaderCompiler", dependencies: ["CShaderc"], path: "tools/ShaderCompiler", swiftSettings: strict,
            linkerSettings: shadercLibraries.map { .linkedLibrary($0) }),
        .plugin(
            name: "CompileShaders", capability: .buildTool(), dependencies: ["ShaderCompiler"],
            path: "tools/CompileShaders"),
        .executableTarget(name: "EmbedFiles", path: "tools/EmbedFiles", swiftSettings: strict),
        .plugin(
            name: "EmbedPages", capability: .buildTool(), dependencies: ["EmbedFiles"], path: "tools/EmbedPages"),

        // What several test targets share: fixtures, tiny models, the built program.
        .target(
            name: "TestSupport",
            dependencies: [
                "Llamarada", "LlamaradaTensors", "LlamaradaText", "LlamaradaDevice", "LlamaradaErrors", "CVulkan",
            ],
            path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(
            name: "LlamaradaErrorsTests", dependencies: ["LlamaradaErrors"], swiftSettings: strict),
        .testTarget(
            name: "LlamaradaThreadsTests", dependencies: ["LlamaradaThreads"], swiftSettings: strict),
        .testTarget(
            name: "LlamaradaTensorsTests",
            dependencies: ["LlamaradaTensors", "LlamaradaText", "LlamaradaErrors", "Llamarada", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "LlamaradaTextTests", dependencies: ["LlamaradaText", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "LlamaradaGrammarTests", dependencies: ["LlamaradaGrammar", "LlamaradaTensors", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "LlamaradaTemplatesTests", dependencies: ["LlamaradaTemplates", "LlamaradaChat", "LlamaradaTensors"],
            swiftSettings: strict),
        .testTarget(
            name: "LlamaradaChatTests",
            dependencies: [
                "LlamaradaChat", "Llamarada", "LlamaradaGrammar", "LlamaradaTemplates", "LlamaradaTensors",
                "LlamaradaText",
                "TestSupport",
            ],
            swiftSettings: strict + quick),
        .testTarget(
            name: "ShaderCompilerTests", dependencies: ["ShaderCompiler"], swiftSettings: strict),
        .testTarget(
            name: "LlamaradaDeviceTests",
            dependencies: ["LlamaradaDevice", "LlamaradaShaders", "CVulkan", "TestSupport"],
            swiftSettings: strict + quick),
        .testTarget(
            name: "LlamaradaCLITests",
            dependencies: ["LlamaradaCLI", "LlamaradaServe", "LlamaradaTensors", "TestSupport"],
            swiftSettings: strict + quick),
        .testTarget(
            name: "LlamaradaServerTests",
            dependencies: [
                "LlamaradaServer", "LlamaradaServerSettings", "LlamaradaChat", "Llamarada", "LlamaradaErrors",
                "LlamaradaTensors", "LlamaradaText", "LlamaradaDevice", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict + quick),
        .testTarget(
            name: "LlamaradaReportsTests", dependencies: ["LlamaradaReports"], swiftSettings: strict),
        .testTarget(
            name: "LlamaradaTests",
            dependencies: [
                "Llamarada", "LlamaradaLab", "LlamaradaGrammar", "LlamaradaTensors", "LlamaradaText",
                "LlamaradaDevice", "LlamaradaShaders", "LlamaradaThreads", "CVulkan", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "LlamaradaLabTests",
            dependencies: [
                "LlamaradaLab", "Llamarada", "LlamaradaTensors", "LlamaradaText", "LlamaradaDevice",
                "LlamaradaShaders", "CVulkan", "TestSupport",
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
