//! Content codings, as the libraries of others put them on and take them off.
#![allow(dead_code, reason = "each test takes what it needs")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::io::{Read, Write};

/// Puts one coding on.
pub(crate) fn put_on(coding: &str, bytes: &[u8]) -> Vec<u8> {
    match coding.to_ascii_lowercase().as_str() {
        "identity" => bytes.to_vec(),
        "gzip" | "x-gzip" => {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(bytes).unwrap();
            writer.finish().unwrap()
        }
        "deflate" => {
            let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(bytes).unwrap();
            writer.finish().unwrap()
        }
        "br" => {
            let params = brotli::enc::BrotliEncoderParams { quality: 4, ..Default::default() };
            let mut out = Vec::new();
            brotli::BrotliCompress(&mut &*bytes, &mut out, &params).unwrap();
            out
        }
        "zstd" => zstd::encode_all(bytes, 3).unwrap(),
        other => panic!("{other}"),
    }
}

/// Takes one coding off what there is of it; an error where it is not whole.
pub(crate) fn take_off(coding: &str, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    match coding {
        "" | "identity" => out.extend_from_slice(bytes),
        "gzip" => drop(flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut out)?),
        "deflate" => drop(flate2::read::ZlibDecoder::new(bytes).read_to_end(&mut out)?),
        "br" => drop(brotli::Decompressor::new(bytes, 4096).read_to_end(&mut out)?),
        "zstd" => drop(zstd::Decoder::new(bytes)?.read_to_end(&mut out)?),
        other => panic!("{other}"),
    }
    Ok(out)
}

/// What can be read of a beginning.
pub(crate) fn beginning(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut byte) = (Vec::new(), [0]);
    let mut reader: Box<dyn Read> = match coding {
        "gzip" => Box::new(flate2::read::GzDecoder::new(bytes)),
        "deflate" => Box::new(flate2::read::ZlibDecoder::new(bytes)),
        "br" => Box::new(brotli::Decompressor::new(bytes, 4096)),
        "zstd" => Box::new(zstd::Decoder::new(bytes).unwrap()),
        other => panic!("{other}"),
    };
    while reader.read_exact(&mut byte).is_ok() {
        out.extend_from_slice(&byte);
    }
    out
}
