//! Without the feature `encoding` no coding can be read, and none is put on.

use std::convert::Infallible;

use super::Coding;
use crate::shaping::Doubt;

/// Takes codings off. There is none of this type.
#[derive(Debug)]
pub struct Decoder(Infallible);

/// Puts a coding on. There is none of this type.
#[derive(Debug)]
pub struct Encoder(Infallible);

/// What a step gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Something was done.
    Some,
    /// There is nothing left to be read.
    Hungry,
}

impl Decoder {
    /// No coding can be read.
    pub fn new(_: &[Coding]) -> Option<Self> {
        None
    }

    /// Never called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn step(&mut self, _: &mut bytes::Bytes, _: &mut Vec<u8>) -> Result<Progress, Doubt> {
        match self.0 {}
    }

    /// Never called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn end(&self) -> Result<(), Doubt> {
        match self.0 {}
    }
}

impl Encoder {
    /// No coding is put on.
    pub fn new(_: Coding) -> Option<Self> {
        None
    }

    /// Never called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn write(&mut self, _: &[u8], _: &mut Vec<u8>) -> std::io::Result<()> {
        match self.0 {}
    }

    /// Never called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn flush(&mut self, _: &mut Vec<u8>) -> std::io::Result<()> {
        match self.0 {}
    }

    /// Never called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn end(&mut self, _: &mut Vec<u8>) -> std::io::Result<()> {
        match self.0 {}
    }
}
