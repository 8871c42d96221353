import LlamaradaTensors
import Testing

@Suite struct QuantizerTests {
    private static let searched: [ElementType] = [.q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_NL]

    /// Types whose scales follow from the largest numbers have one right result.
    @Test(arguments: [ElementType.f16, .bf16, .q4_0, .q4_1, .q5_0, .q5_1, .q8_0])
    func bytesAreThoseOfTheGGUFPackage(_ type: ElementType) throws {
        let found = type.quantized(try QuantizerFixture.input())
        let expected = try QuantizerFixture.bytes("\(type).blocks")
        #expect(found.count == expected.count)
        let differing = zip(found, expected).enumerated().first { $1.0 != $1.1 }?.offset
        #expect(differing == nil, "\(type) block \((differing ?? 0) / type.blockByteCount)")
    }

    /// The root of the mean square error may be 1 % above that of llama.cpp's quantiser.
    @Test(arguments: searched) func errorsAreThoseOfLlamaCpp(_ type: ElementType) throws {
        let fixture = try QuantizerFixture.Errors.load()
        let input = try QuantizerFixture.input()
        let output = type.values(of: type.quantized(input))
        let expected = try #require(fixture.errors[type.name])
        var start = 0
        for part in QuantizerFixture.parts {
            let end = start + 256 * (try #require(fixture.blocks[part]))
            defer { start = end }
            // There is no reference for the special ones.
            guard let reference = expected[part] else { continue }
            let error = (start..<end).reduce(0) { $0 + square(output[$1] - input[$1]) } / Double(end - start)
            #expect((error / reference).squareRoot() <= 1.01, "\(type) \(part): \(error), llama.cpp \(reference)")
        }
        #expect(expected.count == 3)
    }

    /// No value is farther from its number than a step and a half of the levels, rounded minima included, whatever the block.
    @Test(arguments: searched) func specialBlocksComeOutWell(_ type: ElementType) throws {
        let input = Array(try QuantizerFixture.input().suffix(10 * 256))
        let output = type.values(of: type.quantized(input))
        // Parts of one sign and no minimum use half of the levels; the farthest have the whole range between two levels.
        let steps: [ElementType: Float] = [.q2_K: 3, .q3_K: 4, .q4_K: 15, .q5_K: 31, .q6_K: 32, .iq4_NL: 4]
        let step = try #require(steps[type])
        for block in 0..<10 {
            let range = 256 * block..<256 * (block + 1)
            let largest = input[range].reduce(0) { max($0, $1.magnitude) }
            for index in range {
                #expect(output[index].isFinite)
                // The scales of the block of least numbers are too small for binary16.
                guard block != 7 else { continue }
                #expect((output[index] - input[index]).magnitude <= 1.5 * largest / step, "\(type) \(index)")
            }
        }
        #expect(output.prefix(256).allSatisfy { $0 == 0 })
    }

    /// Blocks whose quants are nearly all one number, for which a regression has no line: within a step and a half.
    @Test(arguments: [(ElementType.q2_K, 3), (.q4_K, 15), (.q5_K, 31)] as [(ElementType, Float)])
    func constantPartsComeOutWell(_ type: ElementType, _ levels: Float) {
        var random = SplitMix(seed: 36)
        for round in 0..<400 {
            let sign: Float = round / 4 % 2 == 0 ? 1 : -1
            let value = sign * Float.random(in: 0.02...100, using: &random)
            var input = [Float](repeating: value, count: 256)
            switch round % 4 {
            case 0: break
            case 1: for index in input.indices { input[index] *= 1 + Float.random(in: -1e-3...1e-3, using: &random) }
            case 2:
                for index in input.indices {
                    input[index] = Bool.random(using: &random) ? sign * 0.37 : 0
                }
            default:
                input = [Float](repeating: 0, count: 256)
                input[Int.random(in: 0..<256, using: &random)] = value
            }
            let output = type.values(of: type.quantized(input))
            let largest = input.reduce(0) { max($0, $1.magnitude) }
            let farthest = zip(input, output).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
            #expect(farthest <= 1.5 * largest / levels, "\(type), round \(round), \(value): \(farthest)")
        }
    }

    /// Ten thousand blocks of any finite numbers, the least and the largest among them, never trap and stay finite.
    @Test(arguments: ElementType.allCases.filter(\.isWritable))
    func anyFiniteNumbersAreTaken(_ type: ElementType) {
        var random = SplitMix(seed: UInt64(type.rawValue))
        let extremes: [Float] = [
            0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1e-38, 6e-8, 65_504, -65_504, 1, -1,
        ]
        for _ in 0..<10_000 / 20 {
            let exponent = Int.random(in: -149...15, using: &random)
            let unit = Float(sign: .plus, exponent: exponent, significand: 1)
            let values = (0..<20 * 256).map { _ in
                Int.random(in: 0..<8, using: &random) == 0
                    ? extremes.randomElement(using: &random) ?? 0 : unit * Float.random(in: -1.9...1.9, using: &random)
            }
            let output = type.values(of: type.quantized(values))
            #expect(output.allSatisfy { $0.isFinite }, "\(type) 2^\(exponent)")
        }
    }

    @Test func onlyFiniteNumbersThatScalesCanHoldAreTaken() {
        func first(_ values: [Float]) -> Int? { values.withUnsafeBufferPointer(ElementType.firstUnquantizable) }
        #expect(first([0, 65_504, -65_504]) == nil)
        #expect(first([]) == nil)
        #expect(first([0, 65_505]) == 1)
        #expect(first([.nan]) == 0)
        #expect(first([1, 2, -.infinity, .infinity]) == 2)
    }

    @Test func everyHalfComesBack() {
        for bits in UInt16.min ... .max {
            let value = ElementType.f16.values(of: RawGGUF.number(bits))[0]
            #expect(value.isNaN ? value.halfBits & 0x7FFF > 0x7C00 : value.halfBits == bits)
        }
        // Ties go to the even neighbour, and half a step above the largest is infinite.
        #expect(Float(0x1.002p0).halfBits == 0x3C00 && Float(0x1.006p0).halfBits == 0x3C02)
        #expect(Float(65_519.996).halfBits == 0x7BFF && Float(65_520).halfBits == 0x7C00)
        #expect(Float(0x1p-25).halfBits == 0 && Float(0x1.8p-24).halfBits == 2)
    }

    private func square(_ number: Float) -> Double { Double(number) * Double(number) }
}
