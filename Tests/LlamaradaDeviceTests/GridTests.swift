import LlamaradaDevice
import Testing

/// Ceil-divisions and folded axes.
@Suite struct GridTests {
    @Test func dividesRoundingUp() {
        #expect([0, 1, 31, 32, 33].map { Grid.divideRoundingUp($0, 32) } == [0, 1, 1, 1, 2])
        #expect(Grid.divideRoundingUp(.max, 2) == 1 << 62)
    }

    @Test func shortLinesStayLines() {
        #expect(Grid.workgroups(65_535).y == 1)
        let grid = Grid.elements(257, perGroup: 256)
        #expect((grid.x, grid.y, grid.z) == (2, 1, 1))
        let tiles = Grid.tiles(rows: 65, by: 32, columns: 9, by: 8)
        #expect((tiles.x, tiles.y, tiles.z) == (3, 1, 2))
    }

    @Test(arguments: [65_536, 131_070, 131_071, 10_000_000]) func longLinesFold(_ count: Int) {
        let grid = Grid.workgroups(count)
        #expect(grid.x <= Grid.axisLimit && grid.y <= Grid.axisLimit)
        #expect(grid.x * grid.y >= count && grid.x * (grid.y - 1) < count)
    }

    @Test func nothingIsEmpty() {
        #expect(Grid.workgroups(0).isEmpty)
        #expect(Grid.elements(5, perGroup: 8, planes: 0).isEmpty)
        #expect(!Grid.workgroups(1).isEmpty)
    }
}
