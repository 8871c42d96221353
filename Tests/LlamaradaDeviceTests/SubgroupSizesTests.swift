import LlamaradaDevice
import Testing

/// Which subgroup sizes pipelines may have, by vendor.
@Suite struct SubgroupSizesTests {
    private let intel: UInt32 = 0x8086
    private let amd: UInt32 = 0x1002
    private let nvidia: UInt32 = 0x10DE
    private let mesa: UInt32 = 0x10005

    private func sizes(_ vendor: UInt32, _ range: ClosedRange<Int>, own: Int, chosen: Bool = true) -> SubgroupSizes {
        SubgroupSizes(
            vendorID: vendor, areChosen: chosen && range.count > 1, smallest: range.lowerBound,
            largest: range.upperBound, driversOwn: own)
    }

    @Test func thePreferredSizeIsTheVendors() {
        #expect(sizes(intel, 8...32, own: 32).preferred == 16)
        #expect(sizes(amd, 32...64, own: 64).preferred == 32)
        #expect(sizes(nvidia, 32...32, own: 32).preferred == 32)
        #expect(sizes(mesa, 8...8, own: 8).preferred == 8)
    }

    @Test func itIsOneOfThoseThatThereAre() {
        #expect(sizes(intel, 32...64, own: 32).preferred == 32)
        #expect(sizes(intel, 4...8, own: 8).preferred == 8)
        #expect(sizes(amd, 64...128, own: 64).preferred == 64)
        #expect(sizes(mesa, 4...16, own: 8).preferred == 16)
        // Where none can be demanded, what the driver says holds.
        #expect(sizes(intel, 8...32, own: 32, chosen: false).preferred == 32)
    }

    @Test func kernelsWithoutSubgroupsAreLeftToIntelsCompiler() {
        #expect(sizes(amd, 32...64, own: 64).isForAll)
        #expect(!sizes(intel, 8...32, own: 32).isForAll)
        #expect(!sizes(amd, 32...64, own: 32).isForAll)
    }

    @Test func whatCanBeAskedFor() {
        let wide = sizes(intel, 8...32, own: 32)
        #expect([4, 8, 16, 24, 32, 64].map(wide.allow) == [false, true, true, false, true, false])
        let one = sizes(nvidia, 32...32, own: 32)
        #expect([16, 32, 64].map(one.allow) == [false, true, false] && one.areKnown)
        let hidden = sizes(amd, 32...64, own: 64, chosen: false)
        #expect(!hidden.areKnown && !hidden.allow(32) && !hidden.allow(64))
    }
}
