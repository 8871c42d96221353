import Foundation

/// The validation layer, under which everything takes several times as long: of long series a part is enough there.
package enum Validation {
    package static let isOn = !ProcessInfo.processInfo.environment["LLAMARADA_VALIDATION", default: ""].isEmpty
}
