/// How many workgroups a dispatch runs along each axis. The only place that divides and rounds up.
///
/// Vulkan promises 65,535 workgroups an axis. A longer first axis is folded: x · y workgroups, where kernels number
/// theirs as `gl_WorkGroupID.x + gl_NumWorkGroups.x * gl_WorkGroupID.y` (`workgroupIndex()` in Include/Grid.glsl) and
/// leave when that is past the end.
package struct Grid: Sendable, Equatable {
    package var x: Int
    package var y: Int
    package var z: Int

    /// The least that `maxComputeWorkGroupCount` may be.
    package static let axisLimit = 65_535

    private init(x: Int, y: Int, z: Int) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// `count` workgroups in a line, folded over x and y; `planes` of such lines along z.
    package static func workgroups(_ count: Int, planes: Int = 1) -> Grid {
        precondition(
            count >= 0 && planes >= 0 && planes <= axisLimit, "a grid of \(count) workgroups, \(planes) planes")
        let x = min(count, axisLimit)
        let y = x == 0 ? 0 : divideRoundingUp(count, x)
        precondition(y <= axisLimit, "a grid of \(count) workgroups")
        return Grid(x: x, y: y, z: planes)
    }

    /// Workgroups for `count` elements, `perGroup` to each.
    package static func elements(_ count: Int, perGroup: Int, planes: Int = 1) -> Grid {
        workgroups(divideRoundingUp(count, perGroup), planes: planes)
    }

    /// Workgroups for a rectangle of `rows` · `columns`, cut in tiles: tiles of rows in a line, tiles of columns as planes.
    package static func tiles(rows: Int, by tileRows: Int, columns: Int, by tileColumns: Int) -> Grid {
        elements(rows, perGroup: tileRows, planes: divideRoundingUp(columns, tileColumns))
    }

    package var isEmpty: Bool { x * y * z == 0 }

    /// ⌈count ÷ size⌉.
    package static func divideRoundingUp(_ count: Int, _ size: Int) -> Int {
        precondition(size > 0, "tiles of \(size)")
        return count / size + (count % size == 0 ? 0 : 1)
    }
}
