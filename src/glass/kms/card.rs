//! The graphics card: connectors, controllers, modes, scan-out buffers, page flips.
//!
//! By the kernel's older calls (`SETCRTC`, `PAGE_FLIP`) and not the atomic ones: there is one plane with one picture, a
//! flip of the older kind waits for vblank and tells when it was done, and every driver has it, on atomic drivers as a
//! thin layer in the kernel. What atomic commits could do more (planes, tests of modes) is of no use here.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use drm::buffer::{self, Buffer as _, DrmFourcc};
use drm::control::dumbbuffer::{DumbBuffer, DumbMapping};
use drm::control::{Device as _, Event, PageFlipFlags, RawResourceHandle, connector, crtc, framebuffer};
use rustix::fs::OFlags;

pub(super) use drm::control::Mode;

use super::output::{Port, Timing};
use super::rotation::Raw;

pub(super) struct Card(File);

impl AsFd for Card {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl drm::Device for Card {}
impl drm::control::Device for Card {}

/// A connector with what is needed to use it.
pub(super) struct Connector {
    pub handle: connector::Handle,
    pub port: Port,
    pub modes: Vec<Mode>,
}

/// A picture in memory that a controller can show.
pub(super) struct Buffer {
    dumb: DumbBuffer,
    map: DumbMapping<'static>,
    pub frame: framebuffer::Handle,
}

impl Buffer {
    pub fn pixels(&mut self) -> &mut [Raw] {
        self.map.as_chunks_mut().0
    }

    /// From row to row, in pixels.
    pub fn stride(&self) -> usize {
        self.dumb.pitch() as usize / size_of::<Raw>()
    }
}

impl Card {
    /// The cards of `dev` (/dev/dri) that can show pictures.
    pub fn paths(dev: &Path) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = fs::read_dir(dev)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("card"))
            .map(|entry| entry.path())
            .collect();
        paths.sort();
        paths
    }

    /// The one with a display plugged in, else the first with a connector. `None`: there is none. The error is that of
    /// the last card that could not be opened.
    pub fn find(dev: &Path) -> io::Result<Option<Card>> {
        let (mut first, mut failed) = (None, None);
        for path in Card::paths(dev) {
            let card = match Card::open(&path) {
                Ok(card) => card,
                Err(error) => {
                    failed = Some(io::Error::new(error.kind(), format!("{}: {error}", path.display())));
                    continue;
                }
            };
            let connectors = card.connectors(true).unwrap_or_default();
            if connectors.iter().any(|connector| connector.port.connected) {
                return Ok(Some(card));
            }
            if !connectors.is_empty() && first.is_none() {
                first = Some(card);
            }
        }
        match (first, failed) {
            (None, Some(failed)) => Err(failed),
            (first, _) => Ok(first),
        }
    }

    fn open(path: &Path) -> io::Result<Card> {
        let flags = (OFlags::NONBLOCK | OFlags::CLOEXEC).bits() as i32;
        let card = Card(OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)?);
        // Who opens a card that nobody uses is its master already; where somebody does, the first mode to be set says so.
        let _ = drm::Device::acquire_master_lock(&card);
        Ok(card)
    }

    /// As an earlier process left it: open, master, and showing its last picture.
    pub fn inherited(fd: OwnedFd) -> Card {
        let card = Card(fd.into());
        // What its last flip had to tell is not about ours.
        let _ = card.flipped();
        card
    }

    /// `probe`: ask the displays anew, which takes its time and may flicker; else what the kernel knows.
    pub fn connectors(&self, probe: bool) -> io::Result<Vec<Connector>> {
        let mut connectors = Vec::new();
        for handle in self.resource_handles()?.connectors() {
            // One that is gone meanwhile is no reason to lose the others.
            let Ok(info) = self.get_connector(*handle, probe) else { continue };
            let modes = info.modes().to_vec();
            let port = Port {
                name: format!("{}-{}", info.interface().as_str(), info.interface_id()),
                connected: info.state() == connector::State::Connected,
                modes: modes.iter().map(timing).collect(),
            };
            if info.interface() != connector::Interface::Writeback {
                connectors.push(Connector { handle: *handle, port, modes });
            }
        }
        Ok(connectors)
    }

    /// A controller that can drive the connector: the one that does already, if any.
    pub fn controller(&self, connector: connector::Handle) -> io::Result<Option<crtc::Handle>> {
        let info = self.get_connector(connector, false)?;
        let current = info.current_encoder().and_then(|encoder| self.get_encoder(encoder).ok()?.crtc());
        if current.is_some() {
            return Ok(current);
        }
        let resources = self.resource_handles()?;
        let encoders = info.encoders().iter().filter_map(|encoder| self.get_encoder(*encoder).ok());
        Ok(encoders.flat_map(|encoder| resources.filter_crtcs(encoder.possible_crtcs())).next())
    }

    /// Whether the connector has a display, by what the kernel knows.
    pub fn is_connected(&self, connector: connector::Handle) -> bool {
        self.get_connector(connector, false).is_ok_and(|info| info.state() == connector::State::Connected)
    }

    /// The mode and the picture of a controller that is active.
    pub fn shown(&self, controller: crtc::Handle) -> Option<(Mode, framebuffer::Handle)> {
        let info = self.get_crtc(controller).ok()?;
        info.mode().zip(info.framebuffer())
    }

    pub fn buffer(&self, mode: &Mode) -> io::Result<Buffer> {
        let (width, height) = mode.size();
        let dumb = self.create_dumb_buffer((width.into(), height.into()), DrmFourcc::Xrgb8888, 32)?;
        let frame = self.add_framebuffer(&dumb, 24, 32)?;
        // The crate ties a mapping to the place of its buffer's description: a few bytes for each mode that is set.
        let map = self.map_dumb_buffer(Box::leak(Box::new(dumb)))?;
        Ok(Buffer { dumb, map, frame })
    }

    /// Its picture must not be shown any more: the kernel would switch the display off.
    pub fn free(&self, buffer: Buffer) {
        let _ = self.destroy_framebuffer(buffer.frame);
        drop(buffer.map);
        let _ = self.destroy_dumb_buffer(buffer.dumb);
    }

    /// Frees what an earlier process left behind on an inherited card: all but `mine`.
    pub fn sweep(&self, mine: &[Buffer]) {
        /// The kernel gives out the lowest number that is free, and there are two buffers a mode.
        const HANDLES: u32 = 64;
        let frames = self.resource_handles().map(|all| all.framebuffers().to_vec()).unwrap_or_default();
        for frame in frames.into_iter().filter(|frame| mine.iter().all(|buffer| buffer.frame != *frame)) {
            let _ = self.destroy_framebuffer(frame);
        }
        for handle in (1..=HANDLES).filter_map(RawResourceHandle::new).map(buffer::Handle::from) {
            if mine.iter().all(|buffer| buffer.dumb.handle() != handle) {
                let _ = self.close_buffer(handle);
            }
        }
    }

    /// Lights the connector; returns when the picture is there.
    pub fn light(&self, to: crtc::Handle, connector: connector::Handle, mode: Mode, buffer: &Buffer) -> io::Result<()> {
        self.set_crtc(to, Some(buffer.frame), (0, 0), &[connector], Some(mode))
    }

    /// With the next vblank; [`Card::flipped`] tells when.
    pub fn flip(&self, controller: crtc::Handle, buffer: &Buffer) -> io::Result<()> {
        self.page_flip(controller, buffer.frame, PageFlipFlags::EVENT, None)
    }

    /// The controllers whose flips were done since the last call.
    pub fn flipped(&self) -> io::Result<Vec<crtc::Handle>> {
        let mut flipped = Vec::new();
        loop {
            match self.receive_events() {
                Ok(events) => flipped.extend(events.filter_map(|event| match event {
                    Event::PageFlip(flip) => Some(flip.crtc),
                    _ => None,
                })),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(flipped),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn timing(mode: &Mode) -> Timing {
    let (width, height) = mode.size();
    let preferred = mode.mode_type().contains(drm::control::ModeTypeFlags::PREFERRED);
    Timing { width: width.into(), height: height.into(), hertz: mode.vrefresh(), preferred }
}

/// The same picture on the wire; the kernel gives a mode that it runs other flags than one that it offers.
pub(super) fn alike(one: &Mode, other: &Mode) -> bool {
    let wire = |mode: &Mode| (mode.clock(), mode.size(), mode.hsync(), mode.vsync(), mode.flags());
    wire(one) == wire(other)
}
