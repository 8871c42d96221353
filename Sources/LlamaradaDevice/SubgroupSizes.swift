/// The sizes of subgroups that a device's pipelines may have, and the one that they have by default.
package struct SubgroupSizes: Sendable, Equatable {
    /// PCI vendor id of Intel.
    private static let intel: UInt32 = 0x8086

    /// Whether pipelines can demand a size, of which there are several.
    package var areChosen: Bool
    package var smallest: Int
    package var largest: Int
    /// What the driver says first, and takes unless asked otherwise.
    package var driversOwn: Int
    /// What kernels are built for unless they say otherwise.
    package var preferred: Int
    /// Whether kernels that use no subgroups get the preferred size too.
    ///
    /// RDNA's default of 64 leaves half of a workgroup of 32 idle. Intel's compiler, however, knows best itself: it takes
    /// the size at which a kernel's registers suffice.
    package var isForAll: Bool

    package init(vendorID: UInt32, areChosen: Bool, smallest: Int, largest: Int, driversOwn: Int) {
        self.areChosen = areChosen
        self.smallest = smallest
        self.largest = largest
        self.driversOwn = driversOwn
        // Wave32 where there is a choice: RDNA reports 64 by default and runs 32 faster for one-row-a-lane kernels. On
        // Intel 16 is the width of the hardware's instructions, and at 32 a lane has half the registers.
        let wish = vendorID == Self.intel ? 16 : 32
        preferred = areChosen ? min(max(wish, smallest), largest) : driversOwn
        isForAll = vendorID != Self.intel && preferred < driversOwn
    }

    /// Whether kernels run in subgroups of a size that is known, not of whatever the driver likes.
    package var areKnown: Bool { areChosen || smallest == largest }

    /// Whether a pipeline can have subgroups of `size`.
    package func allow(_ size: Int) -> Bool {
        guard areChosen else { return areKnown && size == largest }
        return size >= smallest && size <= largest && size & (size - 1) == 0
    }
}
