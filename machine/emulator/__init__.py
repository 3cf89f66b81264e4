"""The emulated panel: an ARM board in qemu with an upright display, a touch sensor and a keyboard."""
