use super::*;

fn names(archive: &[u8]) -> Vec<String> {
    let unpacked = unpack(archive, Some("p")).unwrap();
    unpacked.tree.files().map(|(path, _)| path.to_owned()).collect()
}

#[test]
fn names_of_any_length_are_read_and_our_own_folder_is_left_out() {
    let mut builder = tar::Builder::new(Vec::new());
    let long = format!("p/{}/x", "long/".repeat(50).trim_end_matches('/'));
    for path in ["./p/a", "p/.nauta/receipt.json", "p/.Nauta/x", long.as_str()] {
        let mut header = tar::Header::new_gnu();
        header.set_size(1);
        builder.append_data(&mut header, path, &b"1"[..]).unwrap();
    }
    let mut header = tar::Header::new_ustar();
    header.set_size(1);
    builder.append_pax_extensions([("comment", &b"x"[..]), ("path", "p/żółć".as_bytes())]).unwrap();
    builder.append_data(&mut header, "p/other", &b"1"[..]).unwrap();
    assert_eq!(names(&builder.into_inner().unwrap()), ["a", &long[2..], "żółć"]);
}

#[test]
fn what_names_the_pack_is_its_folder() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    builder.append_data(&mut header, "q/a", &b""[..]).unwrap();
    let archive = builder.into_inner().unwrap();
    assert_eq!(unpack(&archive, None).unwrap().name, "q");
    assert!(matches!(unpack(&archive, Some("p")), Err(UnpackError::OtherTop { .. })));
    assert!(matches!(unpack(b"", None), Err(UnpackError::NoArchive { .. })));
}
